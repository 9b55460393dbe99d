import { describe, expect, test } from "vitest";
import { http, startBot, stream } from "./support/bot.ts";

const message = (content: string) => ({ msgtype: "text", text: { content } });

describe.each([http, stream])("a human who writes to a robot with receive: $receive", (mode) => {
  test("is heard by the app, whose answer appears in the room, and reply says more", async () => {
    const { app, daprd, says, saidInRoom } = await startBot(mode, () => ({
      body: JSON.stringify(message("一切正常")),
    }));

    const entry = await says("状态?");
    const first = await saidInRoom(2);
    const [event] = app.events;
    const replied = await daprd.invoke("bot", {
      operation: "reply",
      data: message("还有一点"),
      metadata: { msgId: event?.headers.msgid, replyAt: "true" },
    });
    const all = await saidInRoom(3);

    expect(entry).toMatchObject({ callback: { state: "answered", problem: null } });
    expect(event).toMatchObject({
      path: "/bot",
      headers: {
        receivedby: mode.receive,
        attempt: "1",
        msgtype: "text",
        "content-type": "application/json",
      },
    });
    expect(event?.headers).not.toHaveProperty("sessionwebhook");
    expect(JSON.parse(event?.body ?? "")).toMatchObject({ text: { content: " 状态?" } });
    expect(first).toEqual(["状态?", "一切正常"]);
    expect(replied).toMatchObject({ status: 200, text: '{"errcode":0,"errmsg":"ok"}' });
    expect(all).toEqual(["状态?", "一切正常", expect.stringMatching(/^还有一点 @\S+$/)]);
  });

  test("hears nothing of an app that answers OK", async () => {
    const { component, sandbox, says } = await startBot(mode, () => ({ body: "OK" }));

    await says("状态?");
    await component.says("the app's answer is no message");

    expect(await sandbox.talk("sandbox")).toEqual(["状态?"]);
  });

  test("cannot be answered by create without a url", async () => {
    const { daprd } = await startBot(mode, () => ({}));

    const { text } = await daprd.create("bot", message("x"));

    expect(text).toContain("code = FailedPrecondition desc = dingtalk reason=no-url: ");
  });

  test("has the secrets of the conversation kept out of the log", async () => {
    const { component, says, saidInRoom } = await startBot(mode, () => ({
      body: JSON.stringify(message("geheime Antwort")),
    }));

    await says("geheime Frage");
    await saidInRoom(2);

    expect(component.output()).not.toMatch(/geheime|sendBySession|sandbox-client-secret|小钉/);
  });
});
