import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type AppAnswer, startApp } from "./support/app.ts";
import { hangAfterMs } from "./support/child.ts";
import { phrase, type Sandbox, startSandbox } from "./support/executable.ts";
import { freePort } from "./support/ports.ts";
import { startSetup } from "./support/setup.ts";

const secret = "sandbox-client-secret";

/** How a mode of `receive` is set up at the component and at the sandbox. */
interface Mode {
  readonly receive: "http" | "stream";
  metadata(sandbox: Sandbox): Readonly<Record<string, string>>;
  /** Settings of the human. */
  human(port: number): object;
  /** What the log says when messages can come. */
  readonly ready: string;
}

const http: Mode = {
  receive: "http",
  metadata: () => ({}),
  human: (port) => ({ callbackUrl: `http://127.0.0.1:${port}/callback/support%20bot` }),
  ready: phrase.reads,
};

const stream: Mode = {
  receive: "stream",
  metadata: ({ origin }) => ({ clientId: "dingbot", gatewayUrl: origin }),
  human: () => ({ mode: "stream", clientId: "dingbot" }),
  ready: "stream connected",
};

/** An app that hears what a human of the sandbox says to its robot. */
async function startBot({ receive, metadata, human, ready }: Mode, answer: AppAnswer) {
  const port = await freePort();
  const app = await startApp(() => answer);
  const sandbox = await startSandbox();
  const address = `${sandbox.origin}/api/robots/sandbox/human`;
  await send("PATCH", address, { ...human(port), appSecret: secret });
  const setup = await startSetup(
    () => [
      {
        name: "bot",
        metadata: {
          ...{ id: "support bot", receive, clientSecret: secret, direction: "input, output" },
          ...{ allowedSessionHosts: sandbox.origin, ...metadata(sandbox) },
        },
      },
    ],
    {
      app,
      env: { DINGTALK_CALLBACK_PORT: String(port), DINGTALK_CALLBACK_HOST: "127.0.0.1" },
    },
  );
  await setup.component.says(phrase.reads);
  await setup.component.says(ready);
  const says = (text: string) => send("POST", address, { text });
  const saidInRoom = async (count: number) =>
    await eventually(async () => {
      const texts = await sandbox.talk("sandbox");
      return texts.length >= count ? texts : undefined;
    }, hangAfterMs);
  return { ...setup, app, sandbox, says, saidInRoom };
}

async function send(method: string, url: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
  return await response.json();
}

const message = (content: string) => ({ msgtype: "text", text: { content } });

describe.each([http, stream])("a human who writes to a robot with receive: $receive", (mode) => {
  test("is heard by the app, whose answer appears in the room, and reply says more", async () => {
    const { app, daprd, says, saidInRoom } = await startBot(mode, {
      body: JSON.stringify(message("一切正常")),
    });

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
    const { component, sandbox, says } = await startBot(mode, { body: "OK" });

    await says("状态?");
    await component.says("the app's answer is no message");

    expect(await sandbox.talk("sandbox")).toEqual(["状态?"]);
  });

  test("cannot be answered by create without a url", async () => {
    const { daprd } = await startBot(mode, {});

    const { text } = await daprd.create("bot", message("x"));

    expect(text).toContain("code = FailedPrecondition desc = dingtalk reason=no-url: ");
  });

  test("has the secrets of the conversation kept out of the log", async () => {
    const { component, says, saidInRoom } = await startBot(mode, {
      body: JSON.stringify(message("geheime Antwort")),
    });

    await says("geheime Frage");
    await saidInRoom(2);

    expect(component.output()).not.toMatch(/geheime|sendBySession|sandbox-client-secret|小钉/);
  });
});
