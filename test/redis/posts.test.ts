import { describe, expect, test } from "vitest";
import type { MessageRecord } from "../../src/delivery/record.ts";
import { SharedPosts } from "../../src/delivery/redis/shared-posts.ts";
import { SharedRecords } from "../../src/delivery/redis/shared-records.ts";
import { Repeats } from "../../src/delivery/repeats.ts";
import { createJob, createScope } from "../delivery/support/jobs.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { connectTo, startRedis } from "./support/redis-server.ts";

/** Two components, whose records a cluster keeps at different nodes. */
const prefixes = ["dingtalk:{a}:", "dingtalk:{b}:"];

/** Two replicas that post to one target, for both components. */
async function replicas() {
  const server = await startRedis();
  const clock = new FakeClock();
  const replica = () => {
    const { redis } = connectTo(server, {}, clock);
    const posts = new SharedPosts({ redis, target: "robot", clock });
    const records = new SharedRecords(redis, clock);
    const repeats = new Repeats(clock, () => "uuid");
    const runEach = async (send: (record: MessageRecord) => Promise<void>): Promise<void> => {
      const runs = prefixes.map((redisPrefix) => {
        const scope = createScope({ scope: redisPrefix, redisPrefix, records });
        return repeats.run(createJob({ appKey: "order-7" }), scope, { send });
      });
      await Promise.allSettled(runs);
    };
    return { posts, runEach };
  };
  return { first: replica(), second: replica() };
}

/** Keeps a digest of all messages, and loses the connection before the answer. */
async function digestAll({ posts, runEach }: Awaited<ReturnType<typeof replicas>>["first"]) {
  const carried: MessageRecord[] = [];
  let isKept: Promise<boolean> | undefined;
  await runEach(async (record) => {
    carried.push(record);
    if (carried.length === prefixes.length) isKept = posts.keepDigest("digest-1", "{}", carried);
    Object.assign(record, { target: "robot", digest: "digest-1" });
    throw new Error("the connection broke");
  });
  return { carried, isKept: await isKept };
}

describe("a digest whose answer was lost", () => {
  test("is found by another replica from each of its messages", async () => {
    const { first, second } = await replicas();
    const { isKept } = await digestAll(first);

    const found: unknown[] = [];
    await second.runEach(async ({ target, digest }) => void found.push([target, digest]));

    expect(isKept).toBe(true);
    expect(found).toEqual(prefixes.map(() => ["robot", "digest-1"]));
    expect(await second.posts.readDigest("digest-1")).toBe("{}");
  });
});

describe("a digest that was refused", () => {
  test("is found by no other replica", async () => {
    const { first, second } = await replicas();
    const { carried } = await digestAll(first);
    await first.posts.dropDigest("digest-1", carried);

    const found: unknown[] = [];
    await second.runEach(async ({ target, digest }) => void found.push([target, digest]));

    expect(found).toEqual(prefixes.map(() => [undefined, undefined]));
    expect(await second.posts.readDigest("digest-1")).toBeUndefined();
  });
});
