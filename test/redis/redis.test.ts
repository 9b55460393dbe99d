import { describe, expect, test } from "vitest";
import { createScript } from "../../src/delivery/redis/redis-script.ts";
import { eventually } from "../support/eventually.ts";
import { connectTo, startNode } from "./support/redis-server.ts";

const failing = createScript(`return redis.call('SET', KEYS[1], '1', 'PX', given.forMs)`);
const writing = createScript(`
redis.call('SET', KEYS[1], '1', 'PX', 60000)
return 'written'
`);
const key = "dingtalk:test";

describe("a script that fails at Redis", () => {
  test("has no answer, is told of once, and leaves Redis to the other scripts", async () => {
    const { redis, logged } = connectTo(await startNode());
    await eventually(async () => await redis.run(writing, [key], {}));

    const failed = [
      await redis.run(failing, [key], { forMs: -1 }),
      await redis.run(failing, [key], { forMs: "no number" }),
    ];

    expect(failed).toEqual([undefined, undefined]);
    expect(redis.isAway).toBe(false);
    expect(await redis.run(writing, [key], {})).toBe("written");
    expect(logged).toMatchObject([
      { level: 50, reason: "ERR", msg: "a script failed at Redis, which serves the others" },
    ]);
  });

  test("because of the type of a key leaves Redis to the others, too", async () => {
    const server = await startNode();
    const { redis, logged } = connectTo(server);
    await server.command("SET", key, "1");
    const ofHash = createScript(`return redis.call('HGET', KEYS[1], 'a')`);
    await eventually(async () => await redis.run(writing, [key], {}));

    expect(await redis.run(ofHash, [key], {})).toBeUndefined();

    expect(redis.isAway).toBe(false);
    expect(logged).toHaveLength(1);
  });
});

describe("a Redis that cannot serve counts as away", () => {
  test.for([
    ["READONLY", ["REPLICAOF", "127.0.0.1", "1"]],
    ["OOM", ["CONFIG", "SET", "maxmemory", "1"]],
  ] as const)("when it answers %s", async ([_name, refuse]) => {
    const server = await startNode();
    const { redis, logged } = connectTo(server);
    await eventually(async () => await redis.run(writing, [key], {}));
    await server.command(...refuse);

    expect(await redis.run(writing, [key], {})).toBeUndefined();

    expect(redis.isAway).toBe(true);
    expect(logged).toMatchObject([
      { level: 40, msg: "Redis is away, this replica keeps the limits alone" },
    ]);
  });
});
