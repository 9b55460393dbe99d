import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { createElapsed, pause, withinTime } from "../../src/base/clock.ts";
import { FakeClock } from "../support/fake-clock.ts";

const never = (): Promise<never> => new Promise(() => {});

const failsOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("work", { cause: signal.reason })));
  });

const answersAfterAbort = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => setImmediate(resolve, "late"));
  });

describe("a time limit on work", () => {
  test("gives the work's result", async () => {
    const limit = { clock: new FakeClock(), timeoutMs: 100 };

    await expect(withinTime(limit, async () => "done")).resolves.toBe("done");
  });

  test.each<[string, () => Promise<never>]>([
    ["rejects", () => Promise.reject(new RangeError("work"))],
    [
      "throws",
      () => {
        throw new RangeError("work");
      },
    ],
  ])("passes on the error of work that %s", async (_how, work) => {
    const limit = { clock: new FakeClock(), timeoutMs: 100 };

    await expect(withinTime(limit, work)).rejects.toThrow(RangeError);
  });

  test("tells the work that the time is up and passes on what the work makes of it", async () => {
    const clock = new FakeClock();
    const result = withinTime({ clock, timeoutMs: 100 }, failsOnAbort);

    clock.advance(100);

    await expect(result).rejects.toMatchObject({
      message: "work",
      cause: { name: "TimeoutError" },
    });
  });

  test("tells the work of the caller's abort, with its reason", async () => {
    const caller = new AbortController();
    const limit = { clock: new FakeClock(), timeoutMs: 100, signal: caller.signal };
    const result = withinTime(limit, failsOnAbort);

    caller.abort("gone");

    await expect(result).rejects.toMatchObject({ message: "work", cause: "gone" });
  });

  test("starts the work under an aborted signal if the caller has already gone", async () => {
    const signal = AbortSignal.abort("gone");
    const limit = { clock: new FakeClock(), timeoutMs: 100, signal };

    const seen = await withinTime(limit, async ({ aborted, reason }) => ({ aborted, reason }));

    expect(seen).toEqual({ aborted: true, reason: "gone" });
  });

  test("abandons work that ignores the end of its time", async () => {
    const clock = new FakeClock();
    const result = withinTime({ clock, timeoutMs: 100 }, never);

    clock.advance(100);

    await expect(result).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("abandons work that ignores the caller's abort", async () => {
    const signal = AbortSignal.abort("gone");

    const result = withinTime({ clock: new FakeClock(), timeoutMs: 100, signal }, never);

    await expect(result).rejects.toBe("gone");
  });

  test("takes an answer that was under way when the time was up", async () => {
    const clock = new FakeClock();
    const result = withinTime({ clock, timeoutMs: 100 }, answersAfterAbort);

    clock.advance(100);

    await expect(result).resolves.toBe("late");
  });

  test("keeps no timer and no listener when the work is done", async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();

    await withinTime({ clock, timeoutMs: 100, signal }, async () => {});

    expect(clock.waiting).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("a pause", () => {
  test("ends after its time, not before", async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const paused = pause({ clock, ms: 100, signal });

    clock.advance(99);
    const waitingBefore = clock.waiting;
    clock.advance(1);

    await expect(paused).resolves.toBeUndefined();
    expect(waitingBefore).toBe(1);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("ends with the signal's reason", async () => {
    const clock = new FakeClock();
    const caller = new AbortController();
    const paused = pause({ clock, ms: 100, signal: caller.signal });

    caller.abort("gone");

    await expect(paused).rejects.toBe("gone");
    expect(clock.waiting).toBe(0);
  });

  test("does not begin under an aborted signal", async () => {
    const clock = new FakeClock();

    const paused = pause({ clock, ms: 100, signal: AbortSignal.abort("gone") });

    await expect(paused).rejects.toBe("gone");
    expect(clock.waiting).toBe(0);
  });
});

describe("the time that has passed", () => {
  test.each([
    ["counts as the monotonic clock does", { wall: 5000, monotonic: 5000, uptime: 5000 }, 5000],
    [
      "heeds no clock that is set forward",
      { wall: 3_605_000, monotonic: 5000, uptime: 5000 },
      5000,
    ],
    ["heeds no clock that is set back", { wall: -3_595_000, monotonic: 5000, uptime: 5000 }, 5000],
    ["counts a suspension", { wall: 605_000, monotonic: 5000, uptime: 605_000 }, 605_000],
    [
      "counts a suspension during which the clock was set back",
      { wall: -3_000_000, monotonic: 5000, uptime: 605_000 },
      605_000,
    ],
    ["counts no inaccuracy of the readings", { wall: 5900, monotonic: 5000, uptime: 5990 }, 5000],
  ])("%s", (_case, passed, expected) => {
    const start = { wall: 1_700_000_000_000, monotonic: 100, uptime: 4_000_000 };
    const shown = { ...start };
    const elapsed = createElapsed({
      wall: () => shown.wall,
      monotonic: () => shown.monotonic,
      uptime: () => shown.uptime,
    });
    const before = elapsed();

    shown.wall += passed.wall;
    shown.monotonic += passed.monotonic;
    shown.uptime += passed.uptime;

    expect(elapsed() - before).toBe(expected);
    expect(elapsed() - before).toBe(expected);
  });
});
