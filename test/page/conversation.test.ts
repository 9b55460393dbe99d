import { describe, expect, test } from "vitest";
import { answerCallbacks } from "./support/callback-server.ts";
import { useBrowser } from "./support/opened-page.ts";
import { PictureClock, takePicture } from "./support/pictures.ts";
import { scenes } from "./support/scenes.ts";
import { send } from "./support/send.ts";

const open = useBrowser();

const robots = [
  { token: "pay-alerts", messagesPerMinute: 60 },
  { token: "ci-builds" },
  { token: "weekly", secret: "SECweekly" },
];

const screen = {
  colorScheme: "light",
  timezoneId: "Asia/Shanghai",
  viewport: { width: 1240, height: 1080 },
  deviceScaleFactor: 2,
} as const;

describe("a conversation with a robot", () => {
  test.each([
    [scenes.english, "sandbox"],
    [scenes.chinese, "sandbox.zh-CN"],
  ])("is shown up to the robot's answer in a browser of $locale", async (scene, picture) => {
    const clock = new PictureClock();
    const program = await answerCallbacks(scene.answer);
    const { sandbox, page } = await open({
      robots,
      sandbox: { clock },
      hash: "#/pay-alerts",
      browser: { ...screen, locale: scene.locale },
    });
    await fetch(`${sandbox.url}/api/robots/pay-alerts/human`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ callbackUrl: program.url, conversationTitle: scene.groupName }),
    });

    await send(sandbox, scene.build, { token: "ci-builds" });
    clock.pass(72);
    await send(sandbox, scene.recovered, { token: "pay-alerts" });
    clock.pass(95);
    await send(sandbox, scene.release, { token: "pay-alerts" });
    clock.pass(41);
    await send(sandbox, scene.misspelled, { token: "pay-alerts" });
    clock.pass(67);
    await page.getByPlaceholder(scene.placeholder).fill(scene.question);
    await page.keyboard.press("Enter");

    const last = page.locator(".entry").last();
    await last.getByText(scene.lastLine).waitFor();
    expect(await page.locator(".entry").count()).toBe(5);
    await takePicture(page, picture);
  });
});
