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

/** What a test begins with; everything has a default. */
export interface StageOptions {
  readonly robots?: readonly RobotSettings[];
  readonly sandbox?: SandboxOptions;
  /** English and 1,280 pixels wide by default. */
  readonly browser?: BrowserContextOptions;
  /** `#/sandbox` by default. */
  readonly hash?: string;
}

/** A sandbox, and its page in a browser. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly page: Page;
}

/** One browser for all tests of a file. Returns what opens a stage that ends with its test. */
export function useBrowser(): (options?: StageOptions) => Promise<Stage> {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: browserArguments });
  });
  afterAll(() => browser.close());
  return async (options = {}) => {
    const sandbox = await play(options);
    const page = await openPage(browser, options);
    await page.goto(`${sandbox.url}/${options.hash ?? "#/sandbox"}`);
    await page.locator("main").waitFor();
    return { sandbox, page };
  };
}

/** A sandbox that serves the built page, until the test is over. */
export async function play({ robots, sandbox: options }: StageOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ pageFolder, ...(robots && { robots }), ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

async function openPage(browser: Browser, { browser: options }: StageOptions): Promise<Page> {
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
