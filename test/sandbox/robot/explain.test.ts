import { describe, expect, test } from "vitest";
import { sign } from "../../../src/dingtalk/signature.ts";
import { call, createSandbox, entries, hello, send, signature } from "../support/sandbox.ts";

const secret = "SECsandbox";
const hourMs = 3_600_000;
const signed = [{ token: "sandbox", secret }];

describe("a refused signature", () => {
  test.each([
    ["nothing", () => "", { code: "signature-missing" }],
    ["no sign", (now: number) => `&timestamp=${now}`, { code: "sign-missing" }],
    ["no timestamp", () => "&sign=abc", { code: "timestamp-missing" }],
    ["another secret", (now: number) => signature(now, "SECother"), { code: "sign-wrong-secret" }],
    ["encoded twice", encodedTwice, { code: "sign-encoded-twice" }],
    ["seconds", (now: number) => signature(now / 1000, secret), { code: "timestamp-in-seconds" }],
    ["words", () => "&sign=abc&timestamp=now", { code: "timestamp-malformed" }],
    ["a clock ahead", skewed(90), { code: "clock-off", params: { minutes: 90 } }],
    ["a clock behind", skewed(-61), { code: "clock-off", params: { minutes: -61 } }],
    [
      "a stale pair first",
      staleFirst,
      { code: "timestamp-stale-in-url", params: { minutes: -120 } },
    ],
    ["a stale sign first", staleSign, { code: "timestamp-stale-in-url" }],
  ])("is explained for %s", async (_, query, explanation) => {
    const { sandbox, clock } = await createSandbox(signed);
    await send(sandbox, { query: query(clock.now()) });

    const [entry] = await entries(sandbox);

    expect(entry).toMatchObject({ outcome: "refused", errcode: 310000, explanation });
    expect(entry?.why).toBe(entry?.explanation?.text);
  });

  test("is explained for a plus that became a space", async () => {
    const { sandbox, clock } = await createSandbox(signed);
    const now = clock.now();
    const timestamp = Array.from({ length: 1000 }, (_, index) => now + index).find((time) =>
      sign(time, secret).includes("+"),
    );
    await send(sandbox, { query: `&timestamp=${timestamp}&sign=${sign(timestamp ?? 0, secret)}` });

    const [entry] = await entries(sandbox);

    expect(entry?.explanation?.code).toBe("sign-not-encoded");
  });

  test("is explained for parameters sent as headers", async () => {
    const { sandbox, clock } = await createSandbox(signed);
    const parameters = new URLSearchParams(signature(clock.now(), secret));
    await fetch(`${sandbox.url}/robot/send?access_token=sandbox`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...Object.fromEntries(parameters) },
      body: JSON.stringify(hello),
    });

    const [entry] = await entries(sandbox);

    expect(entry?.explanation?.code).toBe("signature-in-headers");
  });
});

describe("a refused message", () => {
  const link = { title: "t", text: "x", messageURL: "http://a.example" };

  test.each([
    ["a content type", { contentType: "text/plain" }, { contentType: "text/plain" }],
    ["no body", { message: "" }, {}],
    ["broken JSON", { message: "{" }, { problem: expect.any(String) }],
    ["a list", { message: [] }, { problem: expect.any(String) }],
    ["a keyword", { message: hello }, { keywords: "alert, 告警" }],
    ["a msgtype", { message: { msgtype: "image", x: "alert" } }, { msgtype: "image" }],
    [
      "a spelling of the msgtype",
      { message: { msgtype: "actioncard", x: "alert" } },
      { msgtype: "actioncard", right: "actionCard" },
    ],
    [
      "a text in place of the content",
      { message: { msgtype: "text", text: "alert" } },
      { field: "text", found: "a text", wanted: "an object" },
    ],
    ["no msgtype", { message: { x: "alert" } }, {}],
    ["a field", { message: { msgtype: "text", x: "alert" } }, { field: "text" }],
    [
      "a spelling",
      { message: { msgtype: "link", x: "alert", link } },
      { field: "link.messageUrl", spelledAs: "link.messageURL" },
    ],
    [
      "its length",
      { message: { msgtype: "text", text: { content: "alert".repeat(5000) } } },
      { bytes: 25_040, maxBytes: 20_000 },
    ],
  ])("is explained for %s", async (_, sending, params) => {
    const { sandbox } = await createSandbox([{ token: "sandbox", keywords: ["alert", "告警"] }]);
    const { errcode, errmsg } = await send(sandbox, sending);

    const [entry] = await entries(sandbox);

    expect(entry).toMatchObject({ outcome: "refused", errcode, errmsg });
    expect(entry?.explanation?.params).toEqual(params);
    expect(entry?.why).toEqual(expect.any(String));
  });

  test("is explained for a method", async () => {
    const { sandbox } = await createSandbox();
    await fetch(`${sandbox.url}/robot/send?access_token=sandbox`);

    const [entry] = await entries(sandbox);

    expect(entry?.explanation).toMatchObject({
      code: "method-not-post",
      params: { method: "GET" },
    });
  });

  test("is explained for a body that was not read", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: " ".repeat(1024 * 1024 + 1) });

    const [entry] = await entries(sandbox);

    expect(entry).toMatchObject({ explanation: { code: "body-too-large" }, message: null });
  });

  test("is explained with what is left of the penalty", async () => {
    const { sandbox, clock } = await createSandbox([{ token: "sandbox", messagesPerMinute: 1 }]);
    await send(sandbox);
    await send(sandbox);
    clock.advance(90_000);
    await send(sandbox);

    const robot = await call(sandbox, "GET /api/robots/sandbox");
    const shown = await entries(sandbox, "?outcome=refused");

    expect(shown.map(({ explanation }) => explanation?.params)).toEqual([
      { penaltySeconds: 600, messagesPerMinute: 1 },
      { penaltySeconds: 510, messagesPerMinute: 1 },
    ]);
    expect(robot.json).toMatchObject({ penaltyEndsAt: "2026-01-01T00:10:00.000Z" });
  });
});

function encodedTwice(now: number): string {
  return signature(now, secret).replaceAll("%", "%25");
}

function skewed(minutes: number): (now: number) => string {
  return (now) => signature(now + minutes * 60_000, secret);
}

function staleFirst(now: number): string {
  return signature(now - 2 * hourMs, secret) + signature(now, secret);
}

function staleSign(now: number): string {
  return `&sign=old${signature(now, secret)}`;
}
