import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { Message } from "../../src/delivery/channel.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { anyBurst, type Burst, broken, type Fate, play } from "./support/promise.ts";

async function fatesOf(burst: Burst): Promise<Fate[]> {
  const clock = new FakeClock();
  const delivery = new Delivery<Message>({ clock, log: pino({ level: "silent" }) });
  return await play(burst, {
    clock,
    open: (channels) => {
      const pool = delivery.open("a", { channels });
      return (job) => pool.deliver(job);
    },
    settled: () => setImmediate(),
  });
}

const usualCall = {
  gapMs: 0,
  answer: 0,
  parts: 1,
  maxWaitMs: 90_000,
  deadlineMs: Number.POSITIVE_INFINITY,
  ttlMs: Number.POSITIVE_INFINITY,
};

describe("a burst over the budget", () => {
  test.each([
    ["wait", 0],
    ["wait", 0.999],
    ["digest", 0],
    ["digest", 0.999],
  ] as const)(
    "arrives whole with all defaults: %s, answers after %f of their time",
    async (overflow, answer) => {
      const calls = Array.from({ length: 25 }, () => ({ ...usualCall, answer }));

      const fates = await fatesOf({
        ...{ calls, overflow, limit: 20, responseTimeoutMs: 30_000, targets: 1, share: 0.001 },
      });

      expect(fates.filter(({ failure }) => failure !== undefined)).toEqual([]);
    },
  );

  test("is refused at once where the messages do not fit into the digests that come in time", async () => {
    const calls = Array.from({ length: 45 }, () => usualCall);

    const fates = await fatesOf({
      ...{ calls, overflow: "digest", limit: 20, responseTimeoutMs: 30_000, targets: 1, share: 1 },
    });

    const refused = fates.filter(({ failure }) => failure !== undefined);
    expect(refused.map(({ afterMs }) => afterMs)).toEqual([0, 0, 0, 0, 0]);
    expect(broken(fates)).toEqual([]);
  });

  test("is served as it was promised, or refused at once with the time", async () => {
    await fc.assert(
      fc.asyncProperty(anyBurst, async (burst) => {
        const fates = await fatesOf(burst);

        expect(broken(fates)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
