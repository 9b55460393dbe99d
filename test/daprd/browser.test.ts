import { describe, expect, test } from "vitest";
import { usePages } from "../page/support/opened-page.ts";
import type { AppEvent } from "./support/app.ts";
import { http, startBot, stream } from "./support/bot.ts";

const openAt = usePages();

const message = (content: string) => ({ msgtype: "text", text: { content } });

/** Says which kind of message came, and from which kind of conversation. */
function answer({ headers }: AppEvent) {
  const content = `heard ${headers.msgtype} in ${headers.conversationtype}`;
  return { body: JSON.stringify(message(content)) };
}

describe.each([http, stream])("a person in a browser, with receive: $receive", (mode) => {
  test("writes, and sees what the app answers, then what it replies later", async () => {
    const { app, daprd, sandbox, set } = await startBot(mode, answer, { replyAt: "true" });
    const page = await openAt(`${sandbox.origin}/#/sandbox`);
    const bubble = (text: string) => page.locator(".entry-robot .bubble", { hasText: text });
    const say = async (words: string): Promise<void> => {
      await page.getByPlaceholder("Say something to the robot…").fill(words);
      await page.keyboard.press("Enter");
    };

    await say("status?");
    await bubble("heard text in 2 @sandbox-staff").waitFor();
    const replied = await daprd.invoke("bot", {
      operation: "reply",
      data: message("and later"),
      metadata: { msgId: app.events[0]?.headers.msgid },
    });
    await bubble("and later @sandbox-staff").waitFor();
    await page.getByLabel("Kind of message").selectOption("picture");
    await say("x");
    await bubble("heard picture in 2").waitFor();
    await set({ conversationType: "1" });
    await page.locator(".callback-target", { hasText: "1:1" }).waitFor();
    await page.getByLabel("Kind of message").selectOption("text");
    await say("alone");
    await bubble("heard text in 1").waitFor();

    expect(replied).toMatchObject({ status: 200 });
    expect(await bubble("heard text in 1").textContent()).not.toContain("@");
    expect(app.events.map(({ headers }) => headers.receivedby)).toEqual(
      Array(3).fill(mode.receive),
    );
  });
});
