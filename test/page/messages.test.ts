import { describe, expect, test } from "vitest";
import { useBrowser } from "./support/opened-page.ts";
import { PictureClock, takePicture } from "./support/pictures.ts";
import { type SampleName, samples } from "./support/samples.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();

const chinese = {
  locale: "zh-CN",
  timezoneId: "Asia/Shanghai",
  viewport: { width: 1000, height: 900 },
  deviceScaleFactor: 2,
} as const;

describe("the room", () => {
  test.each<[SampleName, string, string[]]>([
    ["text", ".bubble", ["支付服务已恢复", "@13800000000"]],
    ["markdown", ".bubble .markdown", ["杭州天气", "明日", "上午多云", "img.example.com"]],
    ["link", "a.link-card", ["沙箱里的一天", "blog.example.com"]],
    ["action-card-single", ".action-card .card-buttons:not(.card-buttons-row)", ["阅读全文"]],
    ["action-card-row", ".action-card .card-buttons-row", ["批准", "拒绝"]],
    ["action-card-column", ".action-card .card-buttons:not(.card-buttons-row)", ["小红", "我来"]],
    ["feed-card", ".feed-card .story-lead + .story", ["三个让群消息更好读的小习惯"]],
  ])("draws a message like %s", async (name, selector, words) => {
    const { sandbox, page } = await open({
      browser: chinese,
      sandbox: { clock: new PictureClock() },
    });

    await send(sandbox, samples[name]);

    const entry = page.locator(".entry");
    await entry.locator(selector).first().waitFor();
    const shown = await entry.locator(".entry-main").textContent();
    for (const word of words) expect(shown).toContain(word);
    const parts = [entry.locator(".avatar"), entry.locator(".entry-main")];
    await takePicture(page, name, parts);
  });

  test("shows a message as soon as it arrives", async () => {
    const { sandbox, page } = await open();
    await page.getByText("Nothing said yet").last().waitFor();

    await send(sandbox, text("the first one"));

    await page.getByRole("log").getByText("the first one").waitFor();
    expect(await page.locator(".empty").isVisible()).toBe(false);
  });

  test("counts what arrives in another room as unread", async () => {
    const { sandbox, page } = await open({ robots: [{ token: "sandbox" }, { token: "other" }] });

    await send(sandbox, text("over here"), { token: "other" });

    const other = page.getByRole("navigation").getByRole("link", { name: "other" });
    await other.getByLabel("1 new").waitFor();
    expect(await other.textContent()).toContain("over here");
  });

  test("marks those who are pinged and names those who are not", async () => {
    const { sandbox, page } = await open();

    await send(sandbox, {
      msgtype: "markdown",
      markdown: { title: "t", text: "hello @111 and @222" },
      at: { atMobiles: ["111", "333"] },
    });

    const entry = page.locator(".entry");
    await entry.waitFor();
    expect(await entry.locator(".bubble .mention").allInnerTexts()).toEqual(["@111"]);
    expect(await entry.locator(".mention-missed").textContent()).toContain("@333");
    expect(await entry.locator(".note-hints").textContent()).toContain("@333");
  });

  test.each([
    ["en", /DingTalk ignores At, it reads at/],
    ["zh-CN", /At 不起作用：应写成 at/],
  ])("hints in %s at a field that DingTalk ignores", async (locale, hint) => {
    const { sandbox, page } = await open({ browser: { locale } });

    await send(sandbox, { ...text("hello"), At: { atMobiles: ["111"] } });

    await page.locator(".note-hints").getByText(hint).waitFor();
  });

  test("names everybody whom a plain text pings", async () => {
    const { sandbox, page } = await open();

    await send(sandbox, { ...text("hello"), at: { atMobiles: [111], atDingtalkIds: ["d1"] } });

    const note = page.locator(".note-mentions");
    await note.waitFor();
    expect(await note.locator(".mention").allInnerTexts()).toEqual(["@111", "@d1"]);
  });

  test("leaves markdown outside the subset as the text it is", async () => {
    const { sandbox, page } = await open();
    const table = "| a | b |\n|---|---|\n| 1 | 2 |\n\n<b>bold</b> ~~gone~~ `code`";

    await send(sandbox, { msgtype: "markdown", markdown: { title: "t", text: table } });

    const bubble = page.locator(".bubble");
    await bubble.waitFor();
    expect(await bubble.textContent()).toContain("<b>bold</b> ~~gone~~ `code`");
    expect(await bubble.locator("table, b, del, code").count()).toBe(0);
    expect(await page.locator(".note-hints li").count()).toBeGreaterThan(1);
  });

  test("finds messages by what they contain", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, text("apples"));
    await send(sandbox, text("pears"));
    await page.getByText("pears").last().waitFor();

    await page.getByRole("searchbox").fill("APPLE");

    await page.getByText("1 message found").waitFor();
    expect(await page.locator(".entry .bubble").allInnerTexts()).toEqual(["apples"]);
  });

  test("is empty again once it is cleared", async () => {
    const { sandbox, page } = await open();
    await send(sandbox, text("soon gone"));
    await page.locator(".entry").waitFor();

    await page.getByRole("button", { name: "Clear the room" }).click();
    await page.getByRole("button", { name: "Really clear?" }).click();

    await page.getByRole("heading", { name: "Nothing said yet" }).waitFor();
    expect(await page.locator(".entry").count()).toBe(0);
  });
});
