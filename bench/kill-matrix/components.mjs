// The component under test: a process of its own, or inside this process with the row's clock.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { built } from "../simulate/built.mjs";
import { startChild } from "./child.mjs";
import { until } from "./until.mjs";

/**
 * @typedef {object} Component
 * @property {(text: string, times?: number) => Promise<void>} says waits until a text was logged
 * @property {() => string} output
 * @property {(what: string) => Promise<number>} count
 * @property {(signal: NodeJS.Signals) => Promise<void>} end
 */

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const { createSidecar } = /** @type {typeof import("../../src/sidecar/sidecar.ts")} */ (
  await built("src/sidecar/sidecar")
);
const { noReceiveTelemetry } =
  /** @type {typeof import("../../src/telemetry/receive-telemetry.ts")} */ (
    await built("src/telemetry/receive-telemetry")
  );

/**
 * Starts the shipped program.
 *
 * @param {string} sockets
 * @param {number} metricsPort
 * @returns {Promise<Component>}
 */
export async function startProcess(sockets, metricsPort) {
  const env = {
    DAPR_COMPONENTS_SOCKETS_FOLDER: sockets,
    DINGTALK_METRICS_PORT: `${metricsPort}`,
    DINGTALK_SHUTDOWN_GRACE: "5s",
    DINGTALK_STATE_FILE: join(sockets, "..", "state", "state.json"),
  };
  const child = startChild("the component", [process.execPath, main, "serve"], { env, cwd: "." });
  await child.says("ready for daprd");
  return { ...child, count: (what) => readMetric(metricsPort, what) };
}

/**
 * The sum of a metric over its labels.
 *
 * @param {number} port
 * @param {string} name
 */
async function readMetric(port, name) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}

/**
 * Starts the sidecar in this process.
 *
 * @param {string} sockets
 * @param {import("./clock.mjs").MovableClock} clock
 * @returns {Promise<Component>}
 */
export async function startInside(sockets, clock) {
  await mkdir(sockets, { recursive: true });
  /** @type {string[]} */
  const lines = [];
  /** @type {Map<string, number>} */
  const counts = new Map();
  const sidecar = await createSidecar({
    sockets: { folder: sockets, names: ["dingtalk.webhook"], mode: 0o600 },
    clock,
    random: () => 0.5,
    log: pino({}, { write: (/** @type {string} */ line) => void lines.push(line) }),
    receiveTelemetry: countIn(counts),
  });
  await sidecar.start();
  const output = () => lines.join("");
  return {
    output,
    says: async (text, times = 1) => {
      await until(`the component says "${text}"`, () => output().split(text).length > times);
    },
    count: async (what) => counts.get(what) ?? 0,
    end: async () => await sidecar.stop(0),
  };
}

/**
 * @param {Map<string, number>} counts
 * @returns {import("../../src/telemetry/receive-telemetry.ts").ReceiveTelemetry}
 */
function countIn(counts) {
  const add = (/** @type {string} */ what) => void counts.set(what, (counts.get(what) ?? 0) + 1);
  return {
    ...noReceiveTelemetry,
    received: (_instance, _via, outcome) => add(outcome),
    handled: (_instance, outcome) => add(`handled ${outcome}`),
    appAttempt: (outcome) => add(`attempt ${outcome}`),
    answer: (_instance, outcome) => add(`answer ${outcome}`),
    streamReconnect: (reason) => add(`reconnect ${reason}`),
  };
}
