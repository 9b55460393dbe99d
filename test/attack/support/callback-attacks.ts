import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { signCallback } from "../../../src/dingtalk/callback.ts";

/** A callback as it goes over the wire. */
export interface Callback {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Where callbacks go. */
export interface CallbackTarget {
  readonly port: number;
  readonly path: string;
}

export const clientSecret = "client-s3cret-of-the-attack";
const hourMs = 3_600_000;
const json = { "content-type": "application/json; charset=utf-8" };

/** The body of a message with a text. */
export function bodyOf(msgId: string): string {
  return JSON.stringify({ msgId, msgtype: "text", text: { content: "hello" } });
}

/** The headers with which DingTalk signs at a time. */
export function signedAt(timeMs: number, secret = clientSecret): Record<string, string> {
  const timestamp = String(timeMs);
  return { ...json, timestamp, sign: signCallback(timestamp, secret) };
}

const flipped = (sign: string): string => (sign.startsWith("A") ? "B" : "A") + sign.slice(1);

/**
 * Ways to attack, each from a number that makes its callbacks differ. No body of them may reach the
 * app. Only a replay is signed as it must be, and its message has come before.
 */
export const attacks: Readonly<Record<string, (n: number) => Callback>> = {
  "no sign": (n) => ({ headers: json, body: bodyOf(`evil-${n}`) }),
  "an empty sign": (n) => ({
    headers: { ...signedAt(Date.now()), sign: "" },
    body: bodyOf(`evil-${n}`),
  }),
  "the sign of another secret": (n) => ({
    headers: signedAt(Date.now(), `guess-${n}`),
    body: bodyOf(`evil-${n}`),
  }),
  "a sign with one letter changed": (n) => {
    const headers = signedAt(Date.now());
    return {
      headers: { ...headers, sign: flipped(headers.sign ?? "") },
      body: bodyOf(`evil-${n}`),
    };
  },
  "a sign of another time": (n) => {
    const now = Date.now();
    const headers = { ...signedAt(now), timestamp: String(now - 1 - n) };
    return { headers, body: bodyOf(`evil-${n}`) };
  },
  "a stale timestamp": (n) => ({
    headers: signedAt(Date.now() - hourMs - 60_000 - n),
    body: bodyOf(`evil-${n}`),
  }),
  "a timestamp of the future": (n) => ({
    headers: signedAt(Date.now() + hourMs + 60_000 + n),
    body: bodyOf(`evil-${n}`),
  }),
  "a malformed timestamp": (n) => {
    const malformed = ["-1", "1e12", "0x1", "NaN", "99999999999999999", "１２３", "1 2", "12.5"];
    const timestamp = malformed[n % malformed.length] ?? "";
    const sign = signCallback(timestamp, clientSecret);
    return {
      headers: { ...json, timestamp: Buffer.from(timestamp).toString("latin1"), sign },
      body: bodyOf(`evil-${n}`),
    };
  },
  "a token that nobody set": (n) => ({
    headers: { ...json, token: `guess-${n}` },
    body: bodyOf(`evil-${n}`),
  }),
  "no JSON": (n) => {
    const bodies = ["", "{", `{"msgId":"evil-${n}"`, "\u0000", "<xml/>", `{"msgId":evil-${n}}`];
    return { headers: signedAt(Date.now()), body: bodies[n % bodies.length] ?? "" };
  },
  "bytes that are no UTF-8": (n) => ({
    headers: signedAt(Date.now()),
    body: Buffer.from([0xff, 0xfe, 0x00, n % 256, 0xc0, 0x80]),
  }),
  "JSON of a wrong type": (n) => {
    const bodies = [`"evil-${n}"`, `[{"msgId":"evil-${n}"}]`, `${n}`, "null", "true", "[]"];
    return { headers: signedAt(Date.now()), body: bodies[n % bodies.length] ?? "" };
  },
  "an encrypted body": (n) => ({
    headers: signedAt(Date.now()),
    body: JSON.stringify({ encrypt: `evil-${n}` }),
  }),
  "a nesting of 20,000 arrays": () => ({
    headers: signedAt(Date.now()),
    body: "[".repeat(20_000),
  }),
};

/** Bodies over 256 KiB, signed as they must be. */
export const hugeBody = Buffer.from(
  JSON.stringify({ msgId: "evil-huge", text: { content: "x".repeat(300 * 1024) } }),
);

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Posts a callback. @returns the status, or the code of the error that ended the connection */
export async function post(
  { port, path }: CallbackTarget,
  { headers, body }: Callback,
): Promise<number | string> {
  const call = request({ port, path, method: "POST", agent, headers });
  call.setTimeout(20_000, () => call.destroy(new Error("no answer in 20 s")));
  call.end(body);
  try {
    const [response] = await once(call, "response");
    response.resume();
    await once(response, "close");
    return response.statusCode ?? 0;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

/** Posts so many callbacks, 32 at a time, and counts how they ended. */
export async function postAll(
  target: CallbackTarget,
  callbacks: Iterable<Callback>,
): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  const rest = callbacks[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      const outcome = await post(target, next.value);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, work));
  return outcomes;
}

/** What is sent of a callback that never becomes whole. */
export const unfinished: readonly ((headers: IncomingHttpHeaders) => string)[] = [
  () => "POST /callback/attacked HTTP/1.1\r\nhost: x\r\nx-slow: ",
  ({ timestamp, sign }) =>
    `POST /callback/attacked HTTP/1.1\r\nhost: x\r\ntimestamp: ${timestamp}\r\nsign: ${sign}\r\ncontent-length: 100\r\n\r\n{"msgId":"evil-slow",`,
  ({ timestamp, sign }) =>
    `POST /callback/attacked HTTP/1.1\r\nhost: x\r\ntimestamp: ${timestamp}\r\nsign: ${sign}\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"msg\r\n`,
];

/** Begins a callback and waits until the server ends the connection. @returns the seconds it took */
export async function dawdle({ port }: CallbackTarget, text: string): Promise<number> {
  const startedAt = performance.now();
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  // A byte now and then, so that the connection is never idle.
  const drip = setInterval(() => socket.write("x"), 1000);
  socket.write(text);
  await new Promise((resolve) => socket.on("close", resolve));
  clearInterval(drip);
  return (performance.now() - startedAt) / 1000;
}
