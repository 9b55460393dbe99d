// A replica as its daprd has it: a process that can be killed and a connection that mends itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as realSleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { credentials, Metadata } from "@grpc/grpc-js";
import { built } from "./built.mjs";

/**
 * @typedef {{ text: string, metadata: Record<string, string> }} Call
 *
 * @typedef {object} Sidecar
 * @property {(properties: Record<string, string>) => Promise<void>} init
 * @property {(call: Call) => Promise<void>} create rejects with the gRPC error
 * @property {() => number} inFlight calls that wait for their answer
 * @property {() => Promise<void>} killAndRestart
 * @property {(realMs: number) => Promise<void>} standStill for so long
 * @property {() => Promise<void>} stop
 */

const program = fileURLToPath(new URL("replica.mjs", import.meta.url));
const { loadBindings } = /** @type {typeof import("../../src/dapr/bindings-proto.ts")} */ (
  await built("src/dapr/bindings-proto")
);
const { OutputBinding } = loadBindings().grpcTypes.dapr.proto.components.v1;
const header = new Metadata();
header.set("x-component-instance", "robot");

/**
 * @param {string} name
 * @param {{ folder: string, clock: import("./clock.mjs").ClockStart }} options
 * @returns {Promise<Sidecar>}
 */
export async function startSidecar(name, { folder, clock }) {
  const own = join(folder, name);
  await mkdir(own, { mode: 0o700 });
  const settings = { folder: own, stateFile: join(own, "state", "state.json"), clock };
  const log = openSync(join(folder, `${name}.log`), "a");
  let child = start();
  process.on("exit", () => child.kill("SIGKILL"));
  const client = new OutputBinding(
    `unix:${join(own, "dingtalk.webhook.sock")}`,
    credentials.createInsecure(),
    // gRPC's own waits are real time: a second between two attempts to connect, as in daprd.
    {
      "grpc.initial_reconnect_backoff_ms": 1000 / clock.speed,
      "grpc.max_reconnect_backoff_ms": 1000 / clock.speed,
      "grpc.enable_retries": 0,
    },
  );
  let inFlight = 0;
  await untilReady();

  return {
    inFlight: () => inFlight,
    async init(properties) {
      await answered((done) => client.Init({ metadata: { properties } }, header, done));
      // Written in the background; in simulated time a slow disk would take a minute.
      while (!existsSync(settings.stateFile)) await realSleep(20);
    },
    async create({ text, metadata }) {
      inFlight += 1;
      try {
        const data = Buffer.from(JSON.stringify({ msgtype: "text", text: { content: text } }));
        await answered((done) =>
          client.Invoke({ operation: "create", data, metadata }, header, done),
        );
      } finally {
        inFlight -= 1;
      }
    },
    async killAndRestart() {
      await kill("SIGKILL");
      child = start();
    },
    async standStill(realMs) {
      const { pid } = child;
      child.kill("SIGSTOP");
      await realSleep(realMs);
      // It may have been killed meanwhile.
      if (child.pid === pid) child.kill("SIGCONT");
    },
    async stop() {
      client.close();
      await kill("SIGKILL");
    },
  };

  function start() {
    return spawn(process.execPath, [program, JSON.stringify(settings)], {
      stdio: ["ignore", log, log],
    });
  }

  /** @param {NodeJS.Signals} signal */
  async function kill(signal) {
    const exit = once(child, "exit");
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await exit;
  }

  /** As daprd waits for a component at its start. */
  async function untilReady() {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${name} ended at its start, see its log`);
      const isUp = await answered((done) => client.Ping({}, header, done)).then(
        () => true,
        () => false,
      );
      if (isUp) return;
      await realSleep(50);
    }
  }
}

/**
 * @param {(done: (error: Error | null) => void) => void} call
 * @returns {Promise<void>}
 */
function answered(call) {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
