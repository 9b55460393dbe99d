import { describe, expect, test } from "vitest";
import { answerCallbacks } from "./support/callback-server.ts";
import { useBrowser } from "./support/opened-page.ts";
import { PictureClock, takePicture } from "./support/pictures.ts";
import { samples } from "./support/samples.ts";
import { send, text } from "./support/send.ts";

const open = useBrowser();

const robots = [
  { token: "pay-alerts", messagesPerMinute: 60 },
  { token: "ci-builds" },
  { token: "weekly", secret: "SECweekly" },
];

const report = `**支付网关** 今天有 2 条：

- 09:12 p99 延迟 840 ms
- 09:24 磁盘使用率 91%`;

describe("the page", () => {
  test.each([
    ["light", "rgb(250, 248, 244)"],
    ["dark", "rgb(24, 24, 21)"],
  ] as const)(
    "is drawn in %s colours where the reader prefers them",
    async (colorScheme, colour) => {
      const clock = new PictureClock();
      const program = await answerCallbacks({
        msgtype: "markdown",
        markdown: { title: "今日告警", text: report },
      });
      const { sandbox, page } = await open({
        robots,
        sandbox: { clock },
        hash: "#/pay-alerts",
        browser: {
          colorScheme,
          locale: "zh-CN",
          timezoneId: "Asia/Shanghai",
          viewport: { width: 1240, height: 1080 },
          deviceScaleFactor: 2,
        },
      });
      await page.getByRole("button", { name: "设置回调地址" }).click();
      await page.getByLabel("回调地址").fill(program.url);
      await page.getByLabel("群名称").fill("支付值班群");
      await page.getByRole("button", { name: "保存" }).click();
      await page.getByText("已保存").waitFor();
      await page.keyboard.press("Escape");

      await send(sandbox, text("Build 482 通过，用时 3 分 12 秒"), { token: "ci-builds" });
      clock.pass(72);
      await send(sandbox, samples.text, { token: "pay-alerts" });
      clock.pass(95);
      await send(sandbox, samples["action-card-row"], { token: "pay-alerts" });
      clock.pass(41);
      const { messageUrl, ...link } = samples.link.link;
      const misspelled = { msgtype: "link", link: { ...link, messageURL: messageUrl } };
      await send(sandbox, misspelled, { token: "pay-alerts" });
      clock.pass(67);
      await page.getByPlaceholder("对机器人说点什么…").fill("今天还有哪些告警？");
      await page.keyboard.press("Enter");

      await page.locator(".bubble", { hasText: "磁盘使用率" }).waitFor();
      const shown = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(shown).toBe(colour);
      await takePicture(page, `sandbox-${colorScheme}`);
    },
  );
});
