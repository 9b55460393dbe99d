import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { RobotSettings } from "../../../sandbox/robot/settings.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../sandbox/server.ts";

const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const pageFolder = fileURLToPath(new URL("../../../dist/sandbox/page/", import.meta.url));

/** The sandbox and the browser of a test. */
export interface OpenOptions {
  readonly robots?: readonly RobotSettings[];
  readonly sandbox?: SandboxOptions;
  /** Default: English, 1,280 pixels wide. */
  readonly browser?: BrowserContextOptions;
  /** Default: `#/sandbox`. */
  readonly hash?: string;
}

/** A sandbox and its page in a browser. */
export interface OpenedPage {
  readonly sandbox: Sandbox;
  readonly page: Page;
}

/** Starts one browser for all tests of a file. The returned function opens a page for one test. */
export function useBrowser(): (options?: OpenOptions) => Promise<OpenedPage> {
  const openAt = usePages();
  return async (options = {}) => {
    const sandbox = await startWithPage(options);
    const page = await openAt(`${sandbox.url}/${options.hash ?? "#/sandbox"}`, options);
    return { sandbox, page };
  };
}

/** {@link useBrowser} for the page of a sandbox that runs already. */
export function usePages(): (url: string, options?: OpenOptions) => Promise<Page> {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: browserArguments });
  });
  afterAll(() => browser.close());
  return async (url, options = {}) => {
    const page = await openPage(browser, options);
    await page.goto(url);
    await page.locator("main").waitFor();
    return page;
  };
}

/** Starts a sandbox that serves the built page. The sandbox is closed after the test. */
export async function startWithPage({
  robots,
  sandbox: options,
}: OpenOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ pageFolder, ...(robots && { robots }), ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

async function openPage(browser: Browser, { browser: options }: OpenOptions): Promise<Page> {
  const context = await browser.newContext({
    locale: "en-US",
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return page;
}
