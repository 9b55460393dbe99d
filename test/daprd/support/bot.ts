import { eventually } from "../../support/eventually.ts";
import { type AppAnswer, type AppEvent, startApp } from "./app.ts";
import { hangAfterMs } from "./child.ts";
import { phrase, type Sandbox, startSandbox } from "./executable.ts";
import { freePort } from "./ports.ts";
import { startSetup } from "./setup.ts";

const secret = "sandbox-client-secret";

/** How a mode of `receive` is set up at the component and at the sandbox. */
export interface Mode {
  readonly receive: "http" | "stream";
  metadata(sandbox: Sandbox): Readonly<Record<string, string>>;
  /** Settings of the human. */
  human(port: number): object;
  /** What the log says when messages can come. */
  readonly ready: string;
}

/** DingTalk posts to the component. */
export const http: Mode = {
  receive: "http",
  metadata: () => ({}),
  human: (port) => ({ callbackUrl: `http://127.0.0.1:${port}/callback/support%20bot` }),
  ready: phrase.reads,
};

/** The component connects to DingTalk. */
export const stream: Mode = {
  receive: "stream",
  metadata: ({ origin }) => ({ clientId: "dingbot", gatewayUrl: origin }),
  human: () => ({ mode: "stream", clientId: "dingbot" }),
  ready: "stream connected",
};

/** An app that hears what a human of the sandbox says to its robot. */
export async function startBot(
  { receive, metadata, human, ready }: Mode,
  onEvent: (event: AppEvent) => AppAnswer,
  more = {},
) {
  const port = await freePort();
  const app = await startApp(onEvent);
  const sandbox = await startSandbox();
  const address = `${sandbox.origin}/api/robots/sandbox/human`;
  await send("PATCH", address, { ...human(port), appSecret: secret });
  const setup = await startSetup(
    () => [
      {
        name: "bot",
        metadata: {
          ...{ id: "support bot", receive, clientSecret: secret, direction: "input, output" },
          ...{ allowedSessionHosts: sandbox.origin, ...metadata(sandbox), ...more },
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
  const set = (human: object) => send("PATCH", address, human);
  const says = (text: string) => send("POST", address, { text });
  const saidInRoom = async (count: number) =>
    await eventually(async () => {
      const texts = await sandbox.talk("sandbox");
      return texts.length >= count ? texts : undefined;
    }, hangAfterMs);
  return { ...setup, app, sandbox, set, says, saidInRoom };
}

async function send(method: string, url: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
  return await response.json();
}
