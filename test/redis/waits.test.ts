import { describe, expect, test } from "vitest";
import type { MessageRecord } from "../../src/delivery/record.ts";
import { SharedRecords } from "../../src/delivery/redis/shared-records.ts";
import { Repeats } from "../../src/delivery/repeats.ts";
import { createJob, createScope } from "../delivery/support/jobs.ts";
import { eventually, passTimeUntil } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { connectTo, type RedisServer, startNode, startRedis } from "./support/redis-server.ts";

const listening = { username: "robots", password: "pass-word" };
const silent = "--user robots on >pass-word ~dingtalk:* resetchannels +@all".split(" ");

async function replicas(server: RedisServer, options = {}) {
  const clock = new FakeClock();
  const posted: string[] = [];
  const replica = (name: string) => {
    const { redis } = connectTo(server, options, clock);
    let uuids = 0;
    const repeats = new Repeats(clock, () => `${name}-${++uuids}`);
    const scope = createScope({ records: new SharedRecords(redis, clock) });
    const run = (appKey: string | undefined, work: () => Promise<void>, signal = forever()) =>
      repeats.run(createJob({ appKey, signal }), scope, {
        send: ({ msgUuid }: MessageRecord) => {
          posted.push(msgUuid);
          return work();
        },
      });
    return { redis, run };
  };
  return { clock, posted, first: replica("first"), second: replica("second") };
}

const forever = (): AbortSignal => new AbortController().signal;
const done = async (): Promise<void> => {};

/** Work that ends when it is told to. */
function pending() {
  let finish = (): void => {};
  const work = (): Promise<void> => new Promise((resolve) => (finish = resolve));
  return { work, finish: () => finish() };
}

/** The number of clients that listen to a channel. */
async function listeners({ nodes }: RedisServer): Promise<number> {
  const lists = nodes.map(async ({ command }) => String(await command("CLIENT", "LIST")));
  return (await Promise.all(lists)).join("\n").split(/ sub=[1-9]/).length - 1;
}

async function scripts({ nodes }: RedisServer): Promise<number> {
  const stats = nodes.map(async ({ command }) => String(await command("INFO", "commandstats")));
  const calls = (await Promise.all(stats)).join("\n").matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g);
  return [...calls].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe("a call that waits for another replica", () => {
  test("hears the end at once: no time passes", async () => {
    const server = await startRedis();
    const { posted, first, second } = await replicas(server);
    const { work, finish } = pending();
    const running = first.run("order-7", work);
    await eventually(() => posted[0]);
    const waiting = second.run("order-7", done);
    await eventually(async () => (await listeners(server)) === 1);

    finish();
    await Promise.all([running, waiting]);

    expect(posted).toHaveLength(1);
    await eventually(async () => (await listeners(server)) === 0);
  });

  test("asks nothing while it waits, however many calls wait with it", async () => {
    const server = await startRedis();
    const { clock, posted, first, second } = await replicas(server);
    const { work, finish } = pending();
    const running = first.run(undefined, work);
    await eventually(() => posted[0]);
    const waiting = Array.from({ length: 20 }, () => second.run(undefined, done));
    await eventually(async () => (await listeners(server)) === 1);
    await eventually(() => clock.waiting === 2);

    const before = await scripts(server);
    clock.advance(4000);
    const after = await scripts(server);
    clock.advance(1000);
    await Promise.all(waiting);
    finish();
    await running;

    expect(after - before).toBe(0);
    expect(new Set(posted).size).toBe(21);
  });

  test("gives up with its caller and lets those behind it go on", async () => {
    const server = await startRedis();
    const { clock, posted, first, second } = await replicas(server);
    const { work, finish } = pending();
    const running = first.run(undefined, work);
    await eventually(() => posted[0]);
    const caller = new AbortController();
    const gone = second.run(undefined, done, caller.signal);
    const waiting = second.run(undefined, done);
    await eventually(() => clock.waiting === 2);

    caller.abort();
    await expect(gone).rejects.toMatchObject({ reason: "cancelled" });
    finish();
    await Promise.all([running, waiting]);

    expect(new Set(posted).size).toBe(2);
  });

  test("asks once a second where Redis does not let it listen", async () => {
    const server = await startNode(silent);
    const { clock, posted, first, second } = await replicas(server, listening);
    const { work, finish } = pending();
    const running = first.run("order-7", work);
    await eventually(() => posted[0]);
    const waiting = second.run("order-7", done);
    await eventually(() => clock.waiting === 2);

    finish();
    await running;
    await passTimeUntil(clock, waiting, 1000);

    expect(posted).toHaveLength(1);
    expect([first.redis.isAway, second.redis.isAway]).toEqual([false, false]);
  });
});
