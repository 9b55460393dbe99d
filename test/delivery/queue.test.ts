import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NotSentError } from "../../src/delivery/errors.ts";
import { LocalLedger, type Slot, type SlotRequest, type Taken } from "../../src/delivery/ledger.ts";
import { SlotQueue } from "../../src/delivery/queue.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createJob, createOptions } from "./support/jobs.ts";

const windowMs = 60_000;
const underWayMs = 30_000;
/** The longest wait for an answer. */
const answerMs = 30_000;

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
  const queue = new SlotQueue(ledger, { clock, windowMs });
  const acquire = (changes: Partial<Request> = {}): Promise<readonly Slot[]> => {
    const { count = 1, limit = 2, maxWaitMs = windowMs, maxQueue = 10, ...others } = changes;
    const options = createOptions({ messagesPerMinute: limit, maxWaitMs, maxQueue });
    const job = createJob({ options, ...others });
    return queue.acquire(job, { count, overflow: "wait", signal: job.signal });
  };
  return { clock, queue, acquire };
}

/** A ledger whose first answer comes when a test wants it. */
class SlowLedger extends LocalLedger {
  answer = (): void => {};
  readonly #answered = new Promise<void>((resolve) => {
    this.answer = resolve;
  });

  override async take(request: SlotRequest): Promise<Taken> {
    await this.#answered;
    return await super.take(request);
  }
}

type Acquire = ReturnType<typeof createQueue>["acquire"];

/** Takes the whole budget and gets every answer at once. */
async function useUp(acquire: Acquire): Promise<void> {
  for (const slot of await acquire({ count: 2 })) slot.used();
}

/** What becomes of a call: undefined while it waits. */
function watch(call: Promise<readonly Slot[]>) {
  const seen: { outcome: string | undefined; ended: Promise<string> } = {
    outcome: undefined,
    ended: call.then(
      () => "granted",
      (error: NotSentError) => error.reason,
    ),
  };
  void seen.ended.then((outcome) => {
    seen.outcome = outcome;
  });
  return seen;
}

/** Waits until the queue has served all that it can: only then it refuses a call that cannot wait. */
async function untilServed(acquire: Acquire): Promise<void> {
  await expect(acquire({ maxWaitMs: 0 })).rejects.toMatchObject({ reason: "over-budget" });
}

describe("a call over budget", () => {
  test("takes the next free slot", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const waiting = watch(acquire());

    clock.advance(windowMs - 1);
    await untilServed(acquire);
    const before = waiting.outcome;
    clock.advance(1);

    expect(before).toBeUndefined();
    await expect(waiting.ended).resolves.toBe("granted");
  });

  test("comes in the order of arrival", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const order: number[] = [];
    const calls = [1, 2].map((turn) => acquire().then(() => order.push(turn)));

    await untilServed(acquire);
    clock.advance(windowMs);
    await Promise.all(calls);

    expect(order).toEqual([1, 2]);
  });

  test("gets a slot whose answer was lost only when the message can be under way no more", async () => {
    const { acquire, clock } = createQueue();
    for (const slot of await acquire({ count: 2 })) slot.lost();

    const early = acquire({ maxWaitMs: windowMs + underWayMs - 1 });
    const call = watch(acquire({ maxWaitMs: windowMs + underWayMs }));

    await expect(early).rejects.toMatchObject({ reason: "over-budget" });
    await untilServed(acquire);
    clock.advance(windowMs + underWayMs);
    await expect(call.ended).resolves.toBe("granted");
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

    const call = acquire({ maxWaitMs: windowMs + 1 });

    await expect(call).rejects.toMatchObject({
      reason: "over-budget",
      retryAfterMs: 2 * windowMs + answerMs,
    });
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

  test.each([
    ["deadline", { deadlineAt: 70_000 }],
    ["expired", { expiresAt: 70_000 }],
  ])("is refused with %s where the process stood still beyond it", async (reason, changes) => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const call = watch(acquire({ ...changes, maxWaitMs: 90_000 }));
    await untilServed(acquire);

    clock.advance(80_000);

    await expect(call.ended).resolves.toBe(reason);
  });

  test("is served where the process stood still beyond maxWait", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const call = watch(acquire({ maxWaitMs: 70_000 }));
    await untilServed(acquire);

    clock.advance(80_000);

    await expect(call.ended).resolves.toBe("granted");
  });

  test("gives up at its last moment where the answer was lost that it waited for", async () => {
    const { acquire, clock } = createQueue();
    const slots = await acquire({ count: 2 });
    const call = watch(acquire({ maxWaitMs: answerMs + windowMs }));
    await untilServed(acquire);
    clock.advance(answerMs);
    for (const slot of slots) slot.lost();

    clock.advance(windowMs);
    await untilServed(acquire);
    const before = call.outcome;
    clock.advance(1);

    expect(before).toBeUndefined();
    await expect(call.ended).resolves.toBe("over-budget");
  });

  test("leaves its slots to the next when the caller goes away", async () => {
    const { acquire, clock } = createQueue();
    await useUp(acquire);
    const caller = new AbortController();
    const gone = watch(acquire({ signal: caller.signal, count: 2 }));
    const next = watch(acquire({ count: 2, maxWaitMs: 3 * windowMs }));
    await untilServed(acquire);

    caller.abort();
    clock.advance(windowMs);

    await expect(gone.ended).resolves.toBe("cancelled");
    await expect(next.ended).resolves.toBe("granted");
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
    await untilServed(acquire);

    queue.shutDown();

    await expect(waiting.ended).resolves.toBe("shutting-down");
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
    await untilServed(acquire);

    await queue.report("throttled");

    await expect(waiting.ended).resolves.toBe("robot-closed");
  });

  test("lets a single probe through, and the rest after its success", async () => {
    const { acquire, clock, queue } = createQueue();
    await queue.report("throttled");
    clock.advance(60_000);

    const probe = watch(acquire());
    const second = watch(acquire());
    await untilServed(acquire);
    const during = [probe.outcome, second.outcome];
    await queue.report("open");

    expect(during).toEqual(["granted", undefined]);
    await expect(second.ended).resolves.toBe("granted");
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

describe("a slot that was given back unused", () => {
  test("ends the probe that it was for, and the next call probes", async () => {
    const { acquire, clock, queue } = createQueue();
    await queue.report("throttled");
    clock.advance(60_000);
    const probe = await acquire();
    const waiting = watch(acquire());
    await untilServed(acquire);
    const during = waiting.outcome;

    queue.giveBack(probe);

    expect(during).toBeUndefined();
    await expect(waiting.ended).resolves.toBe("granted");
  });

  test("goes to the next in line at once", async () => {
    const { acquire, queue } = createQueue();
    const slots = await acquire({ count: 2 });
    const waiting = watch(acquire({ maxWaitMs: windowMs + 2 * answerMs }));
    await untilServed(acquire);

    queue.giveBack(slots.slice(0, 1));

    await expect(waiting.ended).resolves.toBe("granted");
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
    await untilServed(acquire);

    await queue.report("throttled");

    await expect(acquire()).rejects.toMatchObject({ retryAfterMs: 120_000 });
    expect([await probe.ended, await second.ended]).toEqual(["granted", "robot-closed"]);
  });
});

/** More calls than may end in a few turns of the event loop. */
const crowd = 2000;

describe("a crowd that waits", () => {
  /** Lets the crowd wait behind a budget that is used up. */
  async function gather() {
    const { acquire, queue, clock } = createQueue();
    await useUp(acquire);
    const join = (changes: Partial<Request> = {}): Promise<readonly Slot[]> =>
      acquire({ maxQueue: 2 * crowd, maxWaitMs: 2 * crowd * windowMs, ...changes });
    const calls = Array.from({ length: crowd }, () => watch(join()));
    await expect(join({ maxWaitMs: 0 })).rejects.toMatchObject({ reason: "over-budget" });
    const ended = (): number => calls.filter(({ outcome }) => outcome !== undefined).length;
    return { acquire, join, queue, clock, calls, ended };
  }

  test("is refused at shutdown in many turns of the event loop", async () => {
    const { queue, calls, ended, acquire } = await gather();

    queue.shutDown();
    await setImmediate();
    await setImmediate();
    const early = ended();
    const latecomer = watch(acquire());

    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(crowd / 2);
    await expect(latecomer.ended).resolves.toBe("shutting-down");
    const outcomes = await Promise.all(calls.map((call) => call.ended));
    expect(new Set(outcomes)).toEqual(new Set(["shutting-down"]));
  });

  test("gets no slot after the shutdown", async () => {
    const { queue, calls, clock } = await gather();

    queue.shutDown();
    clock.advance(windowMs);

    const outcomes = await Promise.all(calls.map((call) => call.ended));
    expect(new Set(outcomes)).toEqual(new Set(["shutting-down"]));
  });

  test("is refused in many turns when the robot closes, and who comes meanwhile after it", async () => {
    const { queue, calls, ended, acquire } = await gather();

    await queue.report("throttled");
    await setImmediate();
    await setImmediate();
    const early = ended();
    const latecomer = watch(acquire());

    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(crowd / 2);
    await expect(latecomer.ended).resolves.toBe("robot-closed");
    expect(ended()).toBe(crowd);
    const outcomes = await Promise.all(calls.map((call) => call.ended));
    expect(new Set(outcomes)).toEqual(new Set(["robot-closed"]));
  });

  test("can still be cancelled between these turns", async () => {
    const { queue, join } = await gather();
    const caller = new AbortController();
    const cancelled = join({ signal: caller.signal });
    const last = watch(join());

    queue.shutDown();
    caller.abort();

    await expect(cancelled).rejects.toMatchObject({ reason: "cancelled" });
    await expect(last.ended).resolves.toBe("shutting-down");
  });

  test("that came while the ledger was asked is judged in many turns", async () => {
    const { queue, acquire, clock } = createQueue();
    const ledger = new SlowLedger(clock, { windowMs, underWayMs });
    queue.useLedger(ledger);
    const first = acquire();
    const calls = Array.from({ length: crowd }, () => watch(acquire({ maxQueue: 0 })));
    const ended = (): number => calls.filter(({ outcome }) => outcome !== undefined).length;

    ledger.answer();
    for (const slot of await first) slot.used();
    await setImmediate();
    await setImmediate();
    const early = ended();

    expect(early).toBeLessThan(crowd / 2);
    const outcomes = await Promise.all(calls.map((call) => call.ended));
    expect(outcomes.filter((outcome) => outcome === "queue-full")).toHaveLength(crowd - 1);
  });
});

/** A call of the property test, and what becomes of its slots. */
const anyCall = fc.record({
  gapMs: fc.integer({ min: 0, max: 20_000 }),
  answerMs: fc.integer({ min: 0, max: 15_000 }),
  /** When the message arrives: 0 with the POST, 1 with the answer. */
  arrives: fc.double({ min: 0, max: 1, noNaN: true }),
  count: fc.integer({ min: 1, max: 2 }),
  /** What the slots after the first are used for. */
  others: fc.constantFrom("used", "unused"),
});

/** Sends the messages one after the other. Returns the moments at which they arrive, in order. */
async function sendAll(
  calls: (typeof anyCall extends fc.Arbitrary<infer Call> ? Call : never)[],
  limit: number,
): Promise<number[]> {
  const { clock, acquire } = createQueue();
  const arrivals: number[] = [];
  for (const { gapMs, answerMs, arrives, count, others } of calls) {
    const size = Math.min(count, limit);
    acquire({ limit, count: size, maxWaitMs: 10 * windowMs, maxQueue: 99 })
      .then(([first, ...rest]) => {
        for (const slot of rest) slot[others]();
        if (others === "used") arrivals.push(...rest.map(() => clock.now()));
        arrivals.push(clock.now() + answerMs * arrives);
        clock.after(answerMs, () => first?.used());
      })
      .catch(() => {});
    await setImmediate();
    clock.advance(gapMs);
  }
  for (let step = 0; step < 100; step += 1) {
    clock.advance(10_000);
    await setImmediate();
  }
  return arrivals.sort((a, b) => a - b);
}

describe("the budget", () => {
  test("never lets more than the limit arrive in any window, whatever the order", async () => {
    const limits = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(anyCall, { maxLength: 40 }), async (limit, calls) => {
        const arrivals = await sendAll(calls, limit);

        const spans = arrivals.slice(limit).map((time, n) => time - (arrivals[n] ?? time));
        expect(spans.filter((ms) => ms < windowMs)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
