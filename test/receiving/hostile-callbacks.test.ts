import { describe, expect, test } from "vitest";
import { signCallback } from "../../src/dingtalk/callback.ts";
import { body, secret, startListener } from "./support/listener.ts";

const now = "1767225600000";
const sign = signCallback(now, secret);
const own = { clientSecret: secret };
const path = "/callback/support-bot";
const proof = `timestamp: ${now}\r\nsign: ${sign}\r\n`;

/** A request as bytes. `headers` end in a line break. */
function requestOf(headers: string, { target = path, content = body } = {}): string {
  const length = `content-length: ${Buffer.byteLength(content)}\r\n`;
  return `POST ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${length}${headers}\r\n${content}`;
}

/** The statuses of the answers in what came back. */
function statusesIn(answers: string): number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

describe("the proof of a callback", () => {
  test.each([
    ["a second timestamp", `timestamp: ${now}\r\n${proof}`, "timestamp-malformed"],
    [
      "a plus before the timestamp",
      `timestamp: +${now}\r\nsign: ${sign}\r\n`,
      "timestamp-malformed",
    ],
    ["a sign of the same time with zeros", `timestamp: 000${now}\r\nsign: ${sign}\r\n`, "bad-sign"],
    [
      "another sign beside the right one",
      `sign: ${signCallback("1", secret)}\r\n${proof}`,
      "bad-sign",
    ],
    [
      "a sign in hex",
      `timestamp: ${now}\r\nsign: ${Buffer.from(sign, "base64").toString("hex")}\r\n`,
      "bad-sign",
    ],
    [
      "a percent-encoded sign",
      `timestamp: ${now}\r\nsign: ${encodeURIComponent(sign)}\r\n`,
      "bad-sign",
    ],
    ["headers with underscores", `time_stamp: ${now}\r\nsign: ${sign}\r\n`, "no-sign"],
    ["an empty timestamp", `timestamp:\r\nsign: ${sign}\r\n`, "no-sign"],
  ])("is not %s", async (_case, headers, reason) => {
    const { received, refused, write } = await startListener(own);

    const answers = await write(requestOf(headers));

    expect(statusesIn(answers)).toEqual([403]);
    expect(refused).toEqual([reason]);
    expect(received).toEqual([]);
  });

  test.each([["t1\r\ntoken: t1"], ["T1"], ["t1,"], ["t"]])(
    "is not the token %j in place of t1",
    async (token) => {
      const { received, refused, write } = await startListener({ callbackToken: "t1" });

      const answers = await write(requestOf(`token: ${token}\r\n`));

      expect(statusesIn(answers)).toEqual([403]);
      expect(refused).toEqual(["bad-token"]);
      expect(received).toEqual([]);
    },
  );
});

describe("the path of a callback", () => {
  test.each([
    ["/callback/../callback/support-bot"],
    ["//callback/support-bot"],
    ["/callback//support-bot"],
    ["/callback/support-bot%2F"],
    ["/callback/support-bot%00"],
    ["/callback/support%2Dbot%2F..%2Fsupport-bot"],
    ["/callback/%E0%A4%A"],
    ["/callback/%C0%AE"],
    ["/callback/%"],
    ["/callback/__proto__"],
    ["/callback/SUPPORT-BOT"],
    ["/callback/support-bot;x=1"],
    [`/callback/${"a".repeat(8000)}`],
    ["*"],
  ])("is not %s", async (target) => {
    const { received, write } = await startListener(own);

    const answers = await write(requestOf(proof, { target }));

    expect(statusesIn(answers)).toEqual([404]);
    expect(received).toEqual([]);
  });
});

describe("the framing of a callback", () => {
  test.each([
    ["two lengths", `${proof}content-length: 1\r\n`],
    ["a length and chunks", `${proof}transfer-encoding: chunked\r\n`],
    ["an unknown encoding", `${proof}transfer-encoding: x, identity\r\n`],
    ["a line break in a header", `${proof}x: a\n b\r\n`],
    ["20 KiB of headers", `${proof}x: ${"x".repeat(20 * 1024)}\r\n`],
  ])("with %s ends the connection", async (_case, headers) => {
    const { received, write } = await startListener(own);

    const answers = await write(requestOf(headers));

    expect(statusesIn(answers)).toEqual([expect.toBeOneOf([400, 431])]);
    expect(received).toEqual([]);
  });

  test("with a chunk that lies about its size reaches no app", async () => {
    const { received, write } = await startListener(own);
    const head = `POST ${path} HTTP/1.1\r\nhost: a\r\n${proof}transfer-encoding: chunked\r\n\r\n`;

    const answers = await write(`${head}2\r\n${body}\r\n0\r\n\r\n`);

    expect(statusesIn(answers)).toEqual([400]);
    expect(received).toEqual([]);
  });

  test("may ask to continue, and is answered", async () => {
    const { received, write } = await startListener(own);

    const answers = await write(requestOf(`${proof}expect: 100-continue\r\n`));

    expect(statusesIn(answers)).toEqual([100, 200]);
    expect(received).toHaveLength(1);
  });

  test("may come behind another one on the same connection", async () => {
    const { received, write } = await startListener(own);
    const first = requestOf(proof).replace("connection: close\r\n", "");

    const answers = await write(first + first + requestOf(proof));

    expect(statusesIn(answers)).toEqual([200, 200, 200]);
    expect(received).toHaveLength(3);
  });

  test.each([
    ["an unsigned one", ""],
    ["one that is too large", `${proof}x-more: 1\r\n`],
  ])("behind %s is not read", async (_case, headers) => {
    const { received, write } = await startListener(own);
    const content = headers === "" ? body : " ".repeat(256 * 1024 + 1);
    const first = requestOf(headers, { content }).replace("connection: close\r\n", "");

    const answers = await write(first + requestOf(proof));

    expect(statusesIn(answers)).toEqual([expect.toBeOneOf([403, 413])]);
    expect(received).toEqual([]);
  });
});
