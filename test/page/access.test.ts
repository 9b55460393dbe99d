import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";
import { samples } from "./support/samples.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 } as const;

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.keyboard.press("Tab");
        return page.evaluate<string>(
          "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
        );
      },
      { interval: 0, timeout: 15_000 },
    )
    .toBe(name);
}

describe("the page", () => {
  test("can be used with the keyboard alone", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, text("no mouse needed"));
    await page.locator(".entry").waitFor();

    await tabTo(page, "Details");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Raw JSON", selected: true }).waitFor();
    await tabTo(page, "Raw JSON");
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("tab", { name: "Drawn", selected: true }).waitFor();
    await page.keyboard.press("End");
    await page.getByRole("tab", { name: "Attempts", selected: true }).waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("tab", { name: "Drawn" }).waitFor({ state: "hidden" });
    const focused = await page.evaluate<string>("document.activeElement.textContent");
    expect(focused).toBe("Details");
    expect(page.url()).toMatch(/#\/sandbox$/);
  });

  test("sets a rule without a mouse", async () => {
    const { sandbox, page } = await open();

    await tabTo(page, "Rules");
    await page.keyboard.press("Enter");
    await page.getByLabel("Keywords").focus();
    await page.keyboard.type("alert");
    await page.keyboard.press("Enter");

    await page.getByText("Saved").waitFor();
    expect(await send(sandbox, text("hello"))).toMatchObject({ errcode: 310000 });
  });

  test("names every control and says new messages politely", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, samples["feed-card"]);
    await page.locator(".entry").waitFor();

    const unnamed = await page.evaluate<string[]>(
      `[...document.querySelectorAll("button, input, select, textarea, a")]
        .filter((e) => e.closest("[hidden]") === null && !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
        .map((e) => e.outerHTML)`,
    );

    expect(unnamed).toEqual([]);
    expect(await page.getByRole("log").getAttribute("aria-live")).toBe("polite");
    expect(await page.getByRole("main").count()).toBe(1);
  });

  test("fits a phone and switches rooms there", async () => {
    const robots = [{ token: "sandbox" }, { token: "builds" }];
    const { sandbox, page } = await open({
      robots,
      browser: { ...phone, locale: "zh-CN" },
    });
    await send(sandbox, samples.text);
    await send(sandbox, samples["action-card-row"]);
    await page.getByText("批准").waitFor();

    await page.getByRole("combobox", { name: "会话" }).selectOption("builds");

    await page.getByRole("heading", { name: "还没有消息" }).waitFor();
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate<number>(overflow)).toBe(0);
  });

  test.each([
    ["zh-CN", "zh-CN", "还没有消息"],
    ["en-US", "en", "Nothing said yet"],
    ["fr-FR", "en", "Nothing said yet"],
  ])("speaks to a %s browser in %s", async (locale, lang, words) => {
    const { page } = await open({ browser: { locale } });

    await page.getByRole("heading", { name: words }).waitFor();

    expect(await page.locator("html").getAttribute("lang")).toBe(lang);
  });

  test("keeps the language that was chosen", async () => {
    const { page } = await open();

    await page.getByRole("button", { name: "中文" }).click();
    await page.reload();

    await page.getByRole("heading", { name: "还没有消息" }).waitFor();
    expect(await page.getByRole("button", { name: "中文" }).getAttribute("aria-pressed")).toBe(
      "true",
    );
  });

  test("says a reason in Chinese, too", async () => {
    const { sandbox, page } = await open({ browser: { locale: "zh-CN" } });

    await send(sandbox, { msgtype: "markdown", markdown: { text: "no title" } });

    const note = page.locator(".note-refused");
    await note.waitFor();
    expect(await note.textContent()).toContain("缺少 markdown.title");
  });
});
