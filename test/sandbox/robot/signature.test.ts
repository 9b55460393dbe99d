import { describe, expect, test } from "vitest";
import { createSandbox, hello, send, signature } from "../support/sandbox.ts";

const robots = [{ token: "signed", secret: "SECsandbox", generation: "a" }] as const;
const hourMs = 3_600_000;

describe("a robot with a secret", () => {
  test.each([
    ["no sign and no timestamp", () => "", "sign not match"],
    ["no sign", (now: number) => `&timestamp=${now}`, "sign not match"],
    ["no timestamp", () => "&sign=abc", "sign not match"],
    ["another secret's sign", (now: number) => signature(now, "SECother"), "sign not match"],
    ["a sign encoded twice", (now: number) => twice(now), "sign not match"],
    ["seconds", (now: number) => signature(now / 1000, "SECsandbox"), "invalid timestamp"],
    ["words for a timestamp", () => "&sign=abc&timestamp=now", "invalid timestamp"],
    ["a stale pair in front of a fresh one", stalePairFirst, "invalid timestamp"],
  ])("refuses %s", async (_, query, errmsg) => {
    const { sandbox, clock } = await createSandbox(robots);

    const answer = await send(sandbox, { token: "signed", query: query(clock.now()) });

    expect(answer).toEqual({ errcode: 310000, errmsg });
  });

  test.each([
    [0, 0],
    [hourMs, 0],
    [-hourMs, 0],
    [hourMs + 1, 310000],
    [-hourMs - 1, 310000],
  ])("answers a sender whose clock is off by %i ms with %i", async (skewMs, errcode) => {
    const { sandbox, clock } = await createSandbox(robots);
    const query = signature(clock.now() + skewMs, "SECsandbox");

    const answer = await send(sandbox, { token: "signed", query });

    expect(answer.errcode).toBe(errcode);
  });

  test("refuses a signature in the headers", async () => {
    const { sandbox, clock } = await createSandbox(robots);
    const parameters = new URLSearchParams(signature(clock.now(), "SECsandbox"));

    const response = await fetch(`${sandbox.url}/robot/send?access_token=signed`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...Object.fromEntries(parameters) },
      body: JSON.stringify(hello),
    });

    expect(await response.json()).toMatchObject({ errcode: 310000 });
  });
});

describe("a robot without a secret", () => {
  test("ignores a signature", async () => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, { query: "&timestamp=1&sign=abc" });

    expect(answer.errcode).toBe(0);
  });
});

function twice(now: number): string {
  return signature(now, "SECsandbox").replaceAll("%", "%25");
}

function stalePairFirst(now: number): string {
  return signature(now - 2 * hourMs, "SECsandbox") + signature(now, "SECsandbox");
}
