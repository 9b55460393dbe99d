import { describe, expect, test } from "vitest";
import type { ApiError, RobotState } from "../../../sandbox/api/types.ts";
import { isInAnyRange, plainAddress } from "../../../sandbox/robot/ip-ranges.ts";
import { call, createSandbox, entries, send, signature } from "../support/sandbox.ts";

const rulesOf = "PATCH /api/robots/sandbox/rules";

describe("a robot's rules", () => {
  test("are shown with their defaults", async () => {
    const { sandbox } = await createSandbox();

    const { json } = await call(sandbox, "GET /api/robots/sandbox");

    expect(json).toEqual({
      token: "sandbox",
      isOpened: false,
      rules: {
        secret: null,
        keywords: [],
        allowedIps: [],
        messagesPerMinute: 20,
        penaltySeconds: 600,
        monthlyQuota: null,
        generation: "d",
      },
      faults: [],
      penaltyEndsAt: null,
      monthlyCount: 0,
      entryCount: 0,
      human: {
        mode: "http",
        callbackUrl: null,
        clientId: expect.stringMatching(/^dingsandbox[0-9a-f]{8}$/),
        appSecret: null,
        outgoingToken: null,
        senderNick: "小钉",
        senderStaffId: "sandbox-staff",
        conversationTitle: "沙箱群",
        conversationType: "2",
        conversationId: null,
        sessionMinutes: 90,
        redeliverAfterSeconds: 60,
        redeliveries: 1,
        redeliveryTimestamp: "same",
      },
      connections: [],
    });
  });

  test.each([
    ["keywords", { keywords: ["alert"] }, 310000],
    ["a secret", { secret: "SEC1" }, 310000],
    ["other addresses", { allowedIps: ["10.0.0.0/8", "192.0.2.1"] }, 310000],
    ["its own address", { allowedIps: ["127.0.0.0/8"] }, 0],
    ["a quota of nothing", { monthlyQuota: 0 }, 90030],
    ["nothing", {}, 0],
  ])("take effect at once with %s", async (_, patch, errcode) => {
    const { sandbox } = await createSandbox();
    await call(sandbox, rulesOf, patch);

    const answer = await send(sandbox);

    expect(answer.errcode).toBe(errcode);
  });

  test("can be taken back", async () => {
    const { sandbox } = await createSandbox([{ token: "sandbox", secret: "SEC1" }]);
    await call(sandbox, rulesOf, { secret: null });

    const answer = await send(sandbox);

    expect(answer.errcode).toBe(0);
  });

  test("hide the secret until asked", async () => {
    const { sandbox, clock } = await createSandbox([{ token: "sandbox", secret: "SEC1" }]);
    await send(sandbox, { query: signature(clock.now(), "SEC1") });

    const hidden = JSON.stringify([
      (await call(sandbox, "GET /api/robots")).json,
      (await call(sandbox, rulesOf, {})).json,
      (await entries(sandbox)).map(({ request }) => request),
    ]);
    const shown = await call(sandbox, "GET /api/robots/sandbox?reveal=1");
    const [entry] = await entries(sandbox, "?reveal=1");

    expect(hidden).not.toMatch(/SEC1|"sandbox"\]/);
    expect(shown.json).toMatchObject({ rules: { secret: "SEC1" } });
    expect(entry?.request?.query).toContainEqual(["access_token", "sandbox"]);
  });

  test("name the address that is not allowed", async () => {
    const { sandbox } = await createSandbox([
      { token: "sandbox", allowedIps: ["10.0.0.1"], generation: "a" },
    ]);

    const answer = await send(sandbox);
    const [entry] = await entries(sandbox);

    expect(answer.errmsg).toBe("ip 127.0.0.1 not in whitelist");
    expect(entry?.explanation).toMatchObject({
      code: "ip-not-allowed",
      params: { ip: "127.0.0.1" },
    });
  });

  test("start the quota anew with the month", async () => {
    const { sandbox, clock } = await createSandbox([{ token: "sandbox", monthlyQuota: 1 }]);
    const before = [await send(sandbox), await send(sandbox)];
    clock.advance(31 * 24 * 3_600_000);

    const after = await send(sandbox);

    expect(before.map(({ errcode }) => errcode)).toEqual([0, 90030]);
    expect(before[1]?.errmsg).toBe("webhook over limit");
    expect(after.errcode).toBe(0);
  });

  test("begin the month at midnight in Shanghai", async () => {
    const { sandbox, clock } = await createSandbox([{ token: "sandbox", monthlyQuota: 1 }]);
    clock.advance(Date.UTC(2026, 0, 31, 15, 59) - clock.now());
    const before = [await send(sandbox), await send(sandbox)];
    clock.advance(60_000);

    const after = await send(sandbox);

    expect(before.map(({ errcode }) => errcode)).toEqual([0, 90030]);
    expect(after.errcode).toBe(0);
  });

  test("end a penalty when the limit changes, and set its length", async () => {
    const { sandbox, clock } = await createSandbox([{ token: "sandbox", messagesPerMinute: 1 }]);
    const codes = [(await send(sandbox)).errcode, (await send(sandbox)).errcode];
    await call(sandbox, rulesOf, { penaltySeconds: 5 });

    for (let count = 0; count < 2; count += 1) codes.push((await send(sandbox)).errcode);
    clock.advance(5000);
    codes.push((await send(sandbox)).errcode);

    expect(codes).toEqual([0, 660026, 0, 660026, 0]);
  });

  test.each([
    ["keywords", ["a", 1], "keywords[1]"],
    ["keywords", Array(11).fill("k"), "keywords"],
    ["keywords", [""], "keywords[0]"],
    ["allowedIps", ["::1"], "allowedIps[0]"],
    ["allowedIps", ["10.0.0.0/33"], "allowedIps[0]"],
    ["allowedIps", ["10.0.0.0/8/8"], "allowedIps[0]"],
    ["messagesPerMinute", 0, "messagesPerMinute"],
    ["penaltySeconds", 1.5, "penaltySeconds"],
    ["monthlyQuota", "1", "monthlyQuota"],
    ["generation", "e", "generation"],
    ["secret", "", "secret"],
    ["secret", "••••••••", "secret"],
    ["secrets", "x", "secrets"],
  ])("refuse %s as %j", async (name, value, field) => {
    const { sandbox } = await createSandbox();

    const { status, json } = await call<ApiError>(sandbox, rulesOf, { [name]: value });

    expect(status).toBe(400);
    expect(json).toMatchObject({ errcode: 400, field });
  });

  test.each([["null"], ["[]"], ["{"]])("refuse the body %s", async (body) => {
    const { sandbox } = await createSandbox();

    const response = await fetch(`${sandbox.url}/api/robots/sandbox/rules`, {
      method: "PATCH",
      body,
    });

    expect(response.status).toBe(400);
  });

  test.each([
    [false, 404],
    [true, 200],
  ])("of an unknown robot can be set with --open %s: %i", async (isOpen, expected) => {
    const { sandbox } = await createSandbox([], { isOpen });

    const { status } = await call<RobotState>(sandbox, "PATCH /api/robots/new%20one/rules", {});

    expect(status).toBe(expected);
  });
});

describe("an address range", () => {
  test.each([
    ["10.1.2.3", ["10.0.0.0/8"], true],
    ["11.1.2.3", ["10.0.0.0/8"], false],
    ["10.1.2.3", ["10.1.2.3"], true],
    ["10.1.2.3", ["10.1.2.3/32", "10.9.9.9"], true],
    ["1.2.3.4", ["0.0.0.0/0"], true],
    ["::1", ["0.0.0.0/0"], false],
  ])("holds %s in %j: %s", (ip, ranges, expected) => {
    expect(isInAnyRange(ip, ranges)).toBe(expected);
  });

  test("knows an IPv4 address that came over IPv6", () => {
    expect(plainAddress("::ffff:10.0.0.1")).toBe("10.0.0.1");
  });
});
