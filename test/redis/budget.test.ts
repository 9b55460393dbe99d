import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Channel, Message } from "../../src/delivery/channel.ts";
import type { Job } from "../../src/delivery/job.ts";
import { Line } from "../../src/delivery/line.ts";
import { Pool } from "../../src/delivery/pool.ts";
import type { SharedRedis } from "../../src/delivery/redis/redis.ts";
import { Repeats } from "../../src/delivery/repeats.ts";
import { anyBurst, broken, play } from "../delivery/support/promise.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { connectTo, startNode } from "./support/redis-server.ts";

/** A connection that tells when nothing is asked of Redis any more. */
function observe(redis: SharedRedis) {
  let pending = 0;
  const observed: SharedRedis = {
    get isAway() {
      return redis.isAway;
    },
    run: async (...given) => {
      pending += 1;
      try {
        return await redis.run(...given);
      } finally {
        pending -= 1;
      }
    },
    joins: (...given) => redis.joins(...given),
    listen: (...given) => redis.listen(...given),
    close: () => redis.close(),
  };
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet = pending === 0 ? quiet + 1 : 0) await setImmediate();
  };
  return { observed, settled };
}

function openPool(
  channels: readonly Channel<Message>[],
  { clock, redis }: { readonly clock: FakeClock; readonly redis: SharedRedis },
): (job: Job<Message>) => Promise<void> {
  const targets = channels.map((channel) => {
    const line = new Line(channel, { clock, random: () => 0 });
    line.share(redis);
    return { channel, line };
  });
  const repeats = new Repeats(clock, randomUUID);
  const pool = new Pool({
    ...{ instance: "a", targets, store: undefined, repeats, clock },
    onClose: () => {},
    onEnd: () => {},
  });
  return (job) => pool.deliver(job);
}

/** Calls of one moment that all wait as long: replicas serve in no common order. */
const anySimultaneousBurst = anyBurst.map((burst) => ({
  ...burst,
  targets: 1,
  overflow: "wait" as const,
  calls: burst.calls.map(({ answer }) => ({ ...patient, answer })),
}));

const patient = {
  gapMs: 0,
  parts: 1,
  maxWaitMs: 150_000,
  deadlineMs: Number.POSITIVE_INFINITY,
  ttlMs: Number.POSITIVE_INFINITY,
};

/** Gives every call to the next of the replicas. */
function inTurn<Call, End>(replicas: readonly ((call: Call) => End)[]): (call: Call) => End {
  let calls = 0;
  return (call) => {
    const replica = replicas[calls++ % replicas.length] ?? expect.fail("no replica");
    return replica(call);
  };
}

describe("a burst over the budget that is shared in Redis", () => {
  test("is served as it was promised, or refused at once with the time", async () => {
    const server = await startNode();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(anyBurst, async (burst) => {
        const clock = new FakeClock(1_700_000_000_000 + ++runs * 86_400_000);
        const { observed, settled } = observe(connectTo(server, { db: runs % 16 }, clock).redis);

        const fates = await play(burst, {
          ...{ clock, settled },
          open: (channels) => openPool(channels, { clock, redis: observed }),
        });

        expect(broken(fates)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test("counts the calls that wait at the other replica", async () => {
    const server = await startNode();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(anySimultaneousBurst, async (burst) => {
        const clock = new FakeClock(1_700_000_000_000 + ++runs * 86_400_000);
        const replicas = [0, 1].map(() =>
          observe(connectTo(server, { db: runs % 16 }, clock).redis),
        );
        const settled = async (): Promise<void> => {
          for (const { settled } of [...replicas, ...replicas]) await settled();
        };

        const fates = await play(burst, {
          ...{ clock, settled },
          open: (channels) =>
            inTurn(replicas.map(({ observed }) => openPool(channels, { clock, redis: observed }))),
        });

        expect(broken(fates)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
