import fc from "fast-check";
import type { Channel, Message } from "../../../src/delivery/channel.ts";
import type { Job } from "../../../src/delivery/job.ts";
import type { FakeClock } from "../../support/fake-clock.ts";
import { createJob, createOptions } from "./jobs.ts";
import { ListChannel } from "./list-channel.ts";

/** One call of a burst. */
export interface Call {
  /** After the call before it, in milliseconds. */
  readonly gapMs: number;
  /** How long the target takes to answer, as a share of the longest wait for an answer. */
  readonly answer: number;
  readonly parts: number;
  readonly maxWaitMs: number;
  readonly deadlineMs: number;
  readonly ttlMs: number;
}

/** A burst of calls, and the component that it goes to. */
export interface Burst {
  readonly calls: readonly Call[];
  readonly limit: number;
  readonly responseTimeoutMs: number;
  readonly overflow: "wait" | "digest";
  readonly targets: number;
  /** How much of a digest each message takes. */
  readonly share: number;
}

const seldom = (ms: fc.Arbitrary<number>) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
    { weight: 1, arbitrary: ms },
  );

const anyCall: fc.Arbitrary<Call> = fc.record({
  gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
  // Doubles would be tiny for the most part.
  answer: fc
    .oneof(fc.constant(0), fc.constant(999), fc.integer({ min: 0, max: 999 }))
    .map((permille) => permille / 1000),
  parts: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3 })),
  maxWaitMs: fc.oneof(fc.constant(90_000), fc.integer({ min: 0, max: 400_000 })),
  deadlineMs: seldom(fc.integer({ min: 1, max: 200_000 })),
  ttlMs: seldom(fc.integer({ min: 1, max: 200_000 })),
});

/** Bursts around and far over the budget. */
export const anyBurst: fc.Arbitrary<Burst> = fc.record({
  calls: fc.array(anyCall, { minLength: 1, maxLength: 30 }),
  limit: fc.integer({ min: 3, max: 8 }),
  responseTimeoutMs: fc.constantFrom(1000, 30_000, 60_000),
  overflow: fc.constantFrom("wait", "digest"),
  targets: fc.integer({ min: 1, max: 2 }),
  share: fc.constantFrom(0.001, 0.4, 1),
});

/** What became of a call. */
export interface Fate {
  readonly call: Call;
  readonly failure: unknown;
  /** From the call to its end, in milliseconds. */
  readonly afterMs: number;
  /** From the call to its first post, in milliseconds. Undefined if it was in no post. */
  readonly postedAfterMs: number | undefined;
}

interface Stage {
  readonly clock: FakeClock;
  /** Opens the component that has these targets. */
  open(channels: readonly Channel<Message>[]): (job: Job<Message>) => Promise<void>;
  /** Resolves when all is done that can be done at this moment. */
  settled(): Promise<void>;
}

/** Plays a burst, one timer after the other. Returns the fate of every call in order. */
export async function play(burst: Burst, { clock, open, settled }: Stage): Promise<Fate[]> {
  const { calls, responseTimeoutMs } = burst;
  const postedAt = new Map<string, number>();
  const answers = new Map(calls.map(({ answer }, n) => [`${n}`, answer * responseTimeoutMs]));
  const channels = Array.from({ length: burst.targets }, (_, n) => new ListChannel(`target ${n}`));
  for (const channel of channels) {
    channel.share = burst.share;
    channel.answer = ({ json }) => {
      const numbers = json.split("+").map((part) => part.split(".")[0] ?? "");
      for (const each of numbers) {
        if (!postedAt.has(each)) postedAt.set(each, clock.elapsed());
      }
      const [first = ""] = numbers;
      return new Promise((resolve) =>
        clock.after(answers.get(first) ?? 0, () => resolve(undefined)),
      );
    };
  }
  const deliver = open(channels);
  const fates: Promise<Fate>[] = [];
  for (const [n, call] of calls.entries()) {
    await pass(call.gapMs, { clock, settled });
    const calledAt = clock.elapsed();
    const fate = (failure: unknown): Fate => {
      const at = postedAt.get(`${n}`);
      const postedAfterMs = at === undefined ? undefined : at - calledAt;
      return { call, failure, afterMs: clock.elapsed() - calledAt, postedAfterMs };
    };
    fates.push(deliver(jobOf(call, n, { burst, now: calledAt })).then(() => fate(undefined), fate));
  }
  await pass(3_600_000, { clock, settled });
  return await Promise.all(fates);
}

function jobOf(call: Call, n: number, { burst, now }: { burst: Burst; now: number }): Job<Message> {
  const { limit: messagesPerMinute, overflow, responseTimeoutMs } = burst;
  const { maxWaitMs, parts } = call;
  const times = { messagesPerMinute, maxWaitMs, responseTimeoutMs };
  return createJob({
    json: `${n}`,
    parts: Array.from({ length: parts }, (_, part) => ({ json: `${n}.${part}` })),
    options: createOptions({ ...times, overflow }),
    deadlineAt: now + call.deadlineMs,
    expiresAt: now + call.ttlMs,
  });
}

async function pass(ms: number, { clock, settled }: Pick<Stage, "clock" | "settled">) {
  await settled();
  const until = clock.elapsed() + ms;
  for (;;) {
    const next = clock.nextInMs;
    if (next === undefined || clock.elapsed() + next > until) break;
    clock.advance(next);
    await settled();
  }
  clock.advance(until - clock.elapsed());
}

/** The calls whose promise was broken: neither served in time nor refused at once with the time. */
export function broken(fates: readonly Fate[]): Fate[] {
  return fates.filter(({ call, failure, afterMs, postedAfterMs }) => {
    if (failure === undefined) {
      const { maxWaitMs, deadlineMs, ttlMs } = call;
      return postedAfterMs === undefined || postedAfterMs > Math.min(maxWaitMs, deadlineMs, ttlMs);
    }
    const retryAfterMs =
      failure instanceof Error ? Reflect.get(failure, "retryAfterMs") : undefined;
    return afterMs > 0 || !(retryAfterMs > 0);
  });
}
