import { describe, expect, test } from "vitest";
import { Throttle, UnknownTokenThrottles } from "../../../sandbox/robot/throttle.ts";
import type { Sandbox } from "../../../sandbox/server.ts";
import { createSandbox, received, send } from "../support/sandbox.ts";

const minuteMs = 60_000;
const throttled = { errcode: 660026, errmsg: "sending too many messages per minute" };

describe("the throttle", () => {
  test("lets twenty messages pass in a minute and no more", async () => {
    const { sandbox } = await createSandbox();

    const codes = await sendMany(sandbox, 21);

    expect(codes).toEqual([...Array(20).fill(0), 660026]);
    expect(await received(sandbox)).toHaveLength(20);
  });

  test("forgets a message after sixty seconds", async () => {
    const { sandbox, clock } = await createSandbox();
    await sendMany(sandbox, 10);
    clock.advance(minuteMs / 2);
    await sendMany(sandbox, 10);
    clock.advance(minuteMs / 2);

    const codes = await sendMany(sandbox, 11);

    expect(codes).toEqual([...Array(10).fill(0), 660026]);
  });

  test("refuses everything for ten minutes after one message too many", async () => {
    const { sandbox, clock } = await createSandbox();
    await sendMany(sandbox, 21);
    clock.advance(10 * minuteMs - 1);

    const last = await send(sandbox);
    clock.advance(1);
    const first = await send(sandbox);

    expect(last).toEqual(throttled);
    expect(first.errcode).toBe(0);
  });

  test("counts each token for itself", async () => {
    const { sandbox } = await createSandbox([{ token: "sandbox" }, { token: "other" }]);
    await sendMany(sandbox, 21);

    const answer = await send(sandbox, { token: "other" });

    expect(answer.errcode).toBe(0);
  });

  test("comes before the question whether the token exists", async () => {
    const { sandbox } = await createSandbox();

    const codes = await sendMany(sandbox, 21, "nobody");

    expect(codes).toEqual([...Array(20).fill(300005), 660026]);
  });

  test("does not count what comes before it", async () => {
    const { sandbox } = await createSandbox();
    const get = () => fetch(`${sandbox.url}/robot/send?access_token=sandbox`);
    await Promise.all(Array.from({ length: 21 }, get));

    const answer = await send(sandbox);

    expect(answer.errcode).toBe(0);
  });

  test("takes another limit from the robot", async () => {
    const { sandbox } = await createSandbox([{ token: "sandbox", messagesPerMinute: 1 }]);

    const codes = await sendMany(sandbox, 2);

    expect(codes).toEqual([0, 660026]);
  });

  test("tells when the penalty ends", () => {
    const throttle = new Throttle({ messagesPerMinute: 1 });
    const before = throttle.penaltyEndsAt(0);

    const admitted = [throttle.admit(0), throttle.admit(0), throttle.admit(minuteMs)];

    expect(admitted).toEqual([true, false, false]);
    expect(before).toBeUndefined();
    expect(throttle.penaltyEndsAt(minuteMs)).toBe(10 * minuteMs);
    expect(throttle.penaltyEndsAt(10 * minuteMs)).toBeUndefined();
  });

  test("without a penalty goes on with the rolling minute", () => {
    const throttle = new Throttle({ messagesPerMinute: 1, penaltySeconds: 0 });

    const admitted = [0, 1, minuteMs].map((now) => throttle.admit(now));

    expect(admitted).toEqual([true, false, true]);
  });

  test("forgets the unknown token that was used longest ago", () => {
    const throttles = new UnknownTokenThrottles(2);
    const exhaust = (token: string) => Array.from({ length: 21 }, () => throttles.admit(token, 0));
    for (const token of ["one", "two", "one", "three"]) exhaust(token);

    const admitted = ["one", "three", "two"].map((token) => throttles.admit(token, 0));

    expect(admitted).toEqual([false, false, true]);
  });
});

/** The errcodes of one message after the other. */
async function sendMany(sandbox: Sandbox, count: number, token = "sandbox"): Promise<number[]> {
  const codes: number[] = [];
  while (codes.length < count) codes.push((await send(sandbox, { token })).errcode);
  return codes;
}
