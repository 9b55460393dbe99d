import { createClient } from "@redis/client";
import { pino } from "pino";
import { afterAll, onTestFinished } from "vitest";
import type { Clock } from "../../../src/base/clock.ts";
import { openRedis, type SharedRedis } from "../../../src/delivery/redis/redis.ts";
import type { RedisOptions } from "../../../src/delivery/redis/redis-client.ts";
import type { SharedTime } from "../../../src/delivery/redis/redis-script.ts";
import { createCluster } from "./redis-cluster.ts";
import { createNode, type RedisNode } from "./redis-node.ts";

/** Where a replica finds its Redis. */
export interface RedisServer {
  readonly port: number;
  /** All nodes of a cluster, or the one node. */
  readonly nodes: readonly Pick<RedisNode, "port" | "command">[];
}

/** Shared by the tests of a file, since it takes a second to start. */
let cluster: Promise<RedisNode[]> | undefined;
afterAll(async () => {
  for (const node of (await cluster) ?? []) await node.remove();
});

/** An empty Redis, which is a cluster where vitest.config.ts says so. */
export async function startRedis(): Promise<RedisServer> {
  if (process.env.REDIS_TOPOLOGY !== "cluster") return await startNode();
  cluster ??= createCluster();
  const nodes = await cluster;
  for (const node of nodes) await node.command("FLUSHALL");
  return { port: nodes[0]?.port ?? 0, nodes };
}

/** A Redis of the test's own, which is no cluster. */
export async function startNode(args: readonly string[] = []): Promise<RedisNode & RedisServer> {
  const node = await createNode(args);
  onTestFinished(() => node.remove());
  await node.start();
  return { ...node, nodes: [node] };
}

export interface Connected {
  readonly redis: SharedRedis;
  readonly logged: Record<string, unknown>[];
  readonly texts: () => unknown[];
}

/** A clock that stands where this one stands. */
export const timeOf = (clock: Clock) => (): SharedTime => ({ at: clock.now(), since: 0, speed: 0 });

/** A replica's connection; the time is Redis's own unless a clock is given. */
export function connectTo(
  { port }: RedisServer,
  options: Partial<RedisOptions> = {},
  clock?: Clock,
): Connected {
  const logged: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const noUser = { username: undefined, password: undefined };
  const redis = openRedis(
    { host: "127.0.0.1", port, ...noUser, db: 0, tls: false, ...options },
    { log, sharedTime: clock && timeOf(clock) },
  );
  onTestFinished(() => redis.close());
  return { redis, logged, texts: () => logged.map(({ msg }) => msg) };
}

/** Every key with its value and whether it ends by itself. */
export async function everything(
  { nodes }: RedisServer,
  database = 0,
): Promise<{ text: string; endless: string[] }> {
  const endless: string[] = [];
  const parts: string[] = [];
  for (const { port } of nodes) {
    const client = createClient({ socket: { port }, database });
    await client.connect();
    for (const key of await client.keys("*")) {
      const type = await client.type(key);
      const read = {
        hash: ["HGETALL", key],
        zset: ["ZRANGE", key, "0", "-1"],
        string: ["GET", key],
      };
      const command = Object.entries(read).find(([name]) => name === type)?.[1] ?? ["DUMP", key];
      parts.push(key, JSON.stringify(await client.sendCommand(command)));
      if ((await client.pTTL(key)) < 0) endless.push(key);
    }
    client.destroy();
  }
  return { text: parts.join("\n"), endless };
}
