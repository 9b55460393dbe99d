import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { freePort } from "../../daprd/support/ports.ts";
import { eventually } from "../../support/eventually.ts";

/** The program that is tested: see vitest.config.ts. */
const program = process.env.REDIS_SERVER ?? "redis-server";

/** A server process. */
export interface RedisNode {
  readonly port: number;
  start(): Promise<void>;
  /** Ends it without a chance to say anything. */
  stop(): Promise<void>;
  /** Lets it hang. */
  signal(name: NodeJS.Signals): void;
  /** Runs a command on a connection of its own. */
  command(...args: string[]): Promise<unknown>;
  /** Ends it for good. */
  remove(): Promise<void>;
}

/** A server that keeps nothing over a restart. It is not started yet. */
export async function createNode(args: readonly string[] = []): Promise<RedisNode> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "redis-"));
  let child: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    child = undefined;
  };
  return {
    port,
    start: async () => {
      const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
      child = spawn(program, [...options, ...args], { stdio: "ignore" });
      await eventually(() => accepts(port));
    },
    stop,
    signal: (name) => void child?.kill(name),
    command: async (...command) => {
      const client = createClient({ socket: { port } });
      await client.connect();
      try {
        return await client.sendCommand(command);
      } finally {
        client.destroy();
      }
    },
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
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
