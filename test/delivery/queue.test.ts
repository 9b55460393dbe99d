import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NotSentError } from "../../src/delivery/errors.ts";
import { LocalLedger, type Slot } from "../../src/delivery/ledger.ts";
import { RobotQueue } from "../../src/delivery/queue.ts";
import { settle } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createJob, createOptions } from "./support/jobs.ts";

const windowMs = 60_000;
const underWayMs = 30_000;

interface Request {
  readonly count: number;
  readonly limit: number;
  readonly maxWaitMs: number;
  readonly maxQueue: number;
  readonly deadlineAt: number;
  readonly expiresAt: number;
  readonly signal: AbortSignal;
}

/** A queue with the limit of two messages in a window. */
function createQueue() {
  const clock = new FakeClock(0);
  const ledger = new LocalLedger(clock, { windowMs, underWayMs });
  const queue = new RobotQueue(ledger, { clock, windowMs });
  const acquire = (changes: Partial<Request> = {}): Promise<readonly Slot[]> => {
    const { count = 1, limit = 2, maxWaitMs = windowMs, maxQueue = 10, ...others } = changes;
    const options = createOptions({ messagesPerMinute: limit, maxWaitMs, maxQueue });
    const job = createJob({ options, ...others });
    return queue.acquire(job, { count, overflow: "wait", signal: job.signal });
  };
  return { clock, queue, acquire };
}

type Acquire = ReturnType<typeof createQueue>["acquire"];

/** Takes the whole budget and gets every answer at once. */
async function useUp(acquire: Acquire): Promise<void> {
  for (const slot of await acquire({ count: 2 })) slot.used();
}

/** What became of a call, or undefined while it waits. */
function watch(call: Promise<readonly Slot[]>): { outcome: string | undefined } {
  const seen: { outcome: string | undefined } = { outcome: undefined };
  call.then(
    () => {
      seen.outcome = "granted";
    },
    (error: NotSentError) => {
      seen.outcome = error.reason;
    },
  );
  return seen;
}

describe("a call over budget", () => {
  test("takes the next free slot", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const waiting = watch(acquire());

    clock.advance(windowMs - 1);
    await settle();
    const before = waiting.outcome;
    clock.advance(1);
    await settle();

    expect(before).toBeUndefined();
    expect(waiting.outcome).toBe("granted");
  });

  test("comes in the order of arrival", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const order: number[] = [];
    const calls = [1, 2].map((place) => acquire().then(() => order.push(place)));

    await settle();
    clock.advance(windowMs);
    await Promise.all(calls);

    expect(order).toEqual([1, 2]);
  });

  test("gets a place whose answer was lost only when the message can be under way no more", async () => {
    const { acquire, clock } = createQueue();
    for (const slot of await acquire({ count: 2 })) slot.lost();

    const early = acquire({ maxWaitMs: windowMs + underWayMs - 1 });
    const call = watch(acquire({ maxWaitMs: windowMs + underWayMs }));

    await expect(early).rejects.toMatchObject({ reason: "over-budget" });
    await settle();
    clock.advance(windowMs + underWayMs);
    await settle();
    expect(call.outcome).toBe("granted");
  });

  test("is refused at once when the slot comes too late, and told when it comes", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    clock.advance(20_000);

    const call = acquire({ maxWaitMs: 39_999 });

    await expect(call).rejects.toMatchObject({ reason: "over-budget", retryAfterMs: 40_000 });
  });

  test("counts those ahead of it", async () => {
    const { acquire } = createQueue();
    await useUp(acquire);
    const ahead = [watch(acquire()), watch(acquire())];
    await settle();

    const call = acquire({ maxWaitMs: windowMs + 1 });

    await expect(call).rejects.toMatchObject({ reason: "over-budget", retryAfterMs: 2 * windowMs });
    expect(ahead.map(({ outcome }) => outcome)).toEqual([undefined, undefined]);
  });

  test.each([
    ["deadline", { deadlineAt: 30_000 }],
    ["expired", { expiresAt: 30_000 }],
    ["over-budget", { maxWaitMs: 0 }],
  ])("is refused with %s when that comes first", async (reason, changes) => {
    const { acquire } = createQueue();
    await useUp(acquire);

    const call = acquire(changes);

    await expect(call).rejects.toMatchObject({ reason });
  });

  test("gives its place to the next when the caller goes away", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const caller = new AbortController();
    const gone = watch(acquire({ signal: caller.signal, count: 2 }));
    const next = watch(acquire({ count: 2, maxWaitMs: 3 * windowMs }));
    await settle();

    caller.abort();
    clock.advance(windowMs);
    await settle();

    expect(gone.outcome).toBe("cancelled");
    expect(next.outcome).toBe("granted");
  });

  test("is refused when too many wait", async () => {
    const { acquire } = createQueue();
    await useUp(acquire);
    const waiting = watch(acquire({ maxQueue: 1 }));

    const call = acquire({ maxQueue: 1 });

    await expect(call).rejects.toMatchObject({ reason: "queue-full" });
    expect(waiting.outcome).toBeUndefined();
  });

  test("is told at shutdown that it was not sent", async () => {
    const { acquire, queue } = createQueue();
    await useUp(acquire);
    const waiting = watch(acquire());
    await settle();

    queue.shutDown();
    await settle();

    expect(waiting.outcome).toBe("shutting-down");
    await expect(acquire()).rejects.toMatchObject({ reason: "shutting-down" });
  });
});

describe("a throttled robot", () => {
  test.each([
    [1, "throttled" as const, 60_000],
    [2, "throttled" as const, 120_000],
    [4, "throttled" as const, 480_000],
    [5, "throttled" as const, 600_000],
    [9, "throttled" as const, 600_000],
    [1, "banned" as const, 300_000],
    [5, "banned" as const, 600_000],
  ])("after %i %s answers stays closed for %i ms", async (times, answer, ms) => {
    const { acquire, queue } = createQueue();
    for (let count = 0; count < times; count += 1) await queue.report(answer);

    const call = acquire();

    await expect(call).rejects.toMatchObject({ reason: "robot-closed", retryAfterMs: ms });
  });

  test("fails at once those that wait", async () => {
    const { acquire, queue } = createQueue();
    await useUp(acquire);
    const waiting = watch(acquire());
    await settle();

    await queue.report("throttled");
    await settle();

    expect(waiting.outcome).toBe("robot-closed");
  });

  test("lets a single probe through, and the rest after its success", async () => {
    const { acquire, clock, queue } = createQueue();
    await queue.report("throttled");
    clock.advance(60_000);

    const probe = watch(acquire());
    const second = watch(acquire());
    await settle();
    const during = [probe.outcome, second.outcome];
    await queue.report("open");
    await settle();

    expect(during).toEqual(["granted", undefined]);
    expect(second.outcome).toBe("granted");
  });

  test("closes for twice the time when the probe is throttled", async () => {
    const { acquire, clock, queue } = createQueue();
    await queue.report("throttled");
    clock.advance(60_000);
    await acquire();

    await queue.report("throttled");

    await expect(acquire()).rejects.toMatchObject({ retryAfterMs: 120_000 });
  });
});

describe("a place that was given back unused", () => {
  test("ends the probe that it was for, and the next call probes", async () => {
    const { acquire, clock, queue } = createQueue();
    await queue.report("throttled");
    clock.advance(60_000);
    const [probe] = await acquire();
    const waiting = watch(acquire());
    await settle();
    const during = waiting.outcome;

    probe?.unused();
    await settle();

    expect(during).toBeUndefined();
    expect(waiting.outcome).toBe("granted");
  });

  test("goes to the next in line at once", async () => {
    const { acquire } = createQueue();
    const [place] = await acquire({ count: 2 });
    const waiting = watch(acquire());
    await settle();

    place?.unused();
    await settle();

    expect(waiting.outcome).toBe("granted");
  });
});

describe("an answer to a message from before the penalty", () => {
  test("does not end the penalty, nor the doubling", async () => {
    const { acquire, clock, queue } = createQueue();
    await queue.report("throttled");
    await queue.report("open");
    clock.advance(60_000);
    const probe = watch(acquire());
    const second = watch(acquire());
    await settle();

    await queue.report("throttled");

    await expect(acquire()).rejects.toMatchObject({ retryAfterMs: 120_000 });
    expect([probe.outcome, second.outcome]).toEqual(["granted", "robot-closed"]);
  });
});

describe("the budget", () => {
  test("never lets more than the limit arrive in any window, whatever the order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(
          fc.record({
            gapMs: fc.integer({ min: 0, max: 20_000 }),
            answerMs: fc.integer({ min: 0, max: 15_000 }),
            arrives: fc.double({ min: 0, max: 1, noNaN: true }),
            count: fc.integer({ min: 1, max: 2 }),
            isUnused: fc.boolean(),
          }),
          { maxLength: 40 },
        ),
        async (limit, calls) => {
          const { acquire, clock } = createQueue();
          const arrivals: number[] = [];
          for (const { gapMs, answerMs, arrives, count, isUnused } of calls) {
            const size = Math.min(count, limit);
            acquire({ limit, count: size, maxWaitMs: 10 * windowMs, maxQueue: 99 })
              .then(([first, ...others]) => {
                for (const slot of others) slot[isUnused ? "unused" : "used"]();
                if (!isUnused) arrivals.push(...others.map(() => clock.now()));
                arrivals.push(clock.now() + answerMs * arrives);
                clock.after(answerMs, () => first?.used());
              })
              .catch(() => {});
            await settle();
            clock.advance(gapMs);
          }
          for (let step = 0; step < 100; step += 1) {
            clock.advance(10_000);
            await settle();
          }

          arrivals.sort((a, b) => a - b);
          const tooSoon = arrivals.filter((time, index) => {
            const former = arrivals[index - limit];
            return former !== undefined && time - former < windowMs;
          });
          expect(tooSoon).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
