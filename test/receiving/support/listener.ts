import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { Secret } from "../../../src/base/secret.ts";
import { signCallback } from "../../../src/dingtalk/callback.ts";
import { CallbackListener } from "../../../src/receiving/callback-listener.ts";
import {
  type CallbackReceipt,
  type CallbackReceiver,
  Callbacks,
} from "../../../src/receiving/callbacks.ts";
import type { ReceivedMessage } from "../../../src/receiving/received-message.ts";
import { noReceiveTelemetry } from "../../../src/telemetry/receive-telemetry.ts";
import { freePort } from "../../daprd/support/ports.ts";
import { keepLog } from "../../support/component.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** The Client Secret of the robot in these tests. */
export const secret = "sandbox-client-secret";
/** A message with a session. */
export const body = JSON.stringify({
  ...{ msgId: "m1", msgtype: "text", text: { content: "你好" } },
  sessionWebhook: "https://oapi.dingtalk.com/robot/sendBySession?session=1",
});

/** A message that the app has finished, and that says nothing in the response. */
const done: CallbackReceipt = {
  isTaken: () => true,
  accepted: Promise.resolve(true),
  answer: Promise.resolve(undefined),
  respond: () => undefined,
  missed: () => {},
};

interface ReceiverOptions
  extends Partial<Omit<CallbackReceiver, "clientSecret" | "callbackToken">> {
  readonly clientSecret?: string;
  readonly callbackToken?: string;
  readonly receipt?: Partial<CallbackReceipt>;
}

/** A listener with a clock that stands at the time of the signature. */
export async function startListener(...receivers: readonly ReceiverOptions[]) {
  const clock = new FakeClock(1_767_225_600_000);
  const { log, logged } = keepLog();
  const refused: string[] = [];
  const callbackRefused = (reason: string): void => void refused.push(reason);
  const telemetry = { ...noReceiveTelemetry, callbackRefused };
  const callbacks = new Callbacks({ clock, log, telemetry });
  const received: { instance: string; message: ReceivedMessage }[] = [];
  for (const { clientSecret, callbackToken, receipt, ...options } of receivers) {
    const instance = options.instance ?? "robot";
    callbacks.join({
      ...{ id: "support-bot", robot: "support-bot", maxAgeMs: 3_600_000, ...options, instance },
      clientSecret: clientSecret === undefined ? undefined : new Secret(clientSecret),
      callbackToken: callbackToken === undefined ? undefined : new Secret(callbackToken),
      receive: (message) => {
        received.push({ instance, message });
        return { ...done, ...receipt };
      },
    });
  }
  const listener = new CallbackListener(callbacks, clock);
  const port = await freePort();
  await listener.listen({ port, host: "127.0.0.1" });
  onTestFinished(() => listener.close());
  const origin = `http://127.0.0.1:${port}`;
  const signedNow = (ms = clock.now()) => ({
    timestamp: String(ms),
    sign: signCallback(String(ms), secret),
  });
  const post = async (
    headers: Record<string, string> = signedNow(),
    data: string | Buffer = body,
    path = "/callback/support-bot",
  ) => {
    const type = { "content-type": "application/json; charset=utf-8" };
    const response = await fetch(origin + path, {
      ...{ method: "POST", headers: { ...type, ...headers }, body: data },
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  /** Writes bytes to the port. @returns all that came back when the listener has closed */
  const write = async (bytes: string | Buffer): Promise<string> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    onTestFinished(() => void socket.destroy());
    socket.write(bytes);
    return await text(socket);
  };
  const served = { callbacks, clock, logged, origin, port, post, received, refused, signedNow };
  return { ...served, write };
}
