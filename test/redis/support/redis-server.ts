import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createClient } from "@redis/client";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { Clock } from "../../../src/base/clock.ts";
import { openRedis, type SharedRedis } from "../../../src/delivery/redis/redis.ts";
import type { RedisOptions } from "../../../src/delivery/redis/redis-client.ts";
import type { SharedTime } from "../../../src/delivery/redis/redis-script.ts";
import { freePort } from "../../daprd/support/ports.ts";
import { eventually } from "../../support/eventually.ts";
import { tempFolder } from "../../support/temp-folder.ts";

export interface RedisServer {
  readonly port: number;
  start(): Promise<void>;
  /** Ends it without a chance to say anything. */
  stop(): Promise<void>;
  /** Lets it hang. */
  signal(name: NodeJS.Signals): void;
}

/** A Redis of the test's own, which keeps nothing over a restart. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const folder = await tempFolder();
  let child: ChildProcess | undefined;
  const server: RedisServer = {
    port,
    start: async () => {
      const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
      child = spawn("redis-server", [...options, ...args], { stdio: "ignore" });
      await eventually(() => accepts(port));
    },
    stop: async () => {
      if (child === undefined || child.exitCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      child = undefined;
    },
    signal: (name) => void child?.kill(name),
  };
  onTestFinished(() => server.stop());
  await server.start();
  return server;
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
  { port }: RedisServer,
  database = 0,
): Promise<{ text: string; endless: string[] }> {
  const client = createClient({ socket: { port }, database });
  await client.connect();
  const keys = await client.keys("*");
  const endless: string[] = [];
  const parts: string[] = [];
  for (const key of keys) {
    const type = await client.type(key);
    const read = { hash: ["HGETALL", key], zset: ["ZRANGE", key, "0", "-1"], string: ["GET", key] };
    const command = Object.entries(read).find(([name]) => name === type)?.[1] ?? ["DUMP", key];
    parts.push(key, JSON.stringify(await client.sendCommand(command)));
    if ((await client.pTTL(key)) < 0) endless.push(key);
  }
  client.destroy();
  return { text: parts.join("\n"), endless };
}

async function accepts(port: number): Promise<true | undefined> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
