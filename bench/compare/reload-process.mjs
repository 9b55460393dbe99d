// The built component, whose configuration changes every simulated second: a new robot and a new id.
// Prints what it holds at the end of each minute.
import { once } from "node:events";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { pino } from "pino";
import { built } from "../simulate/built.mjs";
import { createClock, sleep } from "../simulate/clock.mjs";
import { residentKib } from "./process-facts.mjs";
import { metadataFor } from "./stage.mjs";

const { createBindingFactory } = /** @type {typeof import("../../src/sidecar/sidecar.ts")} */ (
  await built("src/sidecar/sidecar")
);
const { Siblings } = /** @type {typeof import("../../src/binding/siblings.ts")} */ (
  await built("src/binding/siblings")
);
const { Metrics } = /** @type {typeof import("../../src/telemetry/metrics.ts")} */ (
  await built("src/telemetry/metrics")
);
const { Readers } = /** @type {typeof import("../../src/dapr/readers.ts")} */ (
  await built("src/dapr/readers")
);

const seconds = Number(process.argv[2]);
const clock = createClock({ realStart: Date.now(), speed: 120 });
const robot = createServer((request, response) => {
  request.resume().on("end", () => response.end('{"errcode":0,"errmsg":"ok"}'));
});
await once(robot.listen(0, "127.0.0.1"), "listening");
const address = robot.address();
const port = address !== null && typeof address === "object" ? address.port : 0;

const log = pino({ level: "silent" });
const siblings = new Siblings();
const metrics = new Metrics({
  version: "bench",
  clock,
  monthOf: () => "2026-01",
  components: () => siblings.statuses(),
  forgottenKeys: () => delivery.forgottenKeys,
});
const { createBinding, delivery } = createBindingFactory(
  { log, clock, telemetry: metrics },
  siblings,
);
const binding = createBinding("robot", new Readers(clock, log));
const origin = { instance: "robot", componentType: "bindings.dingtalk.webhook" };

/** @param {number} second */
async function reload(second) {
  const url = `http://127.0.0.1:${port}/robot/send?access_token=${second}`;
  const properties = { ...metadataFor(`id-${second}`, url), messagesPerMinute: "20" };
  binding.init({ direction: "output", properties });
  const data = Buffer.from(`message ${second}`);
  const signal = new AbortController().signal;
  const context = { ...origin, signal, timeLeftMs: Number.POSITIVE_INFINITY };
  await binding.invoke({ operation: "create", data, metadata: {} }, context);
}

/** @returns {Promise<import("./scale.mjs").ReloadSample>} */
async function sample() {
  const text = await metrics.text();
  globalThis.gc?.();
  return {
    heapKib: process.memoryUsage().heapUsed / 1024,
    residentKib: residentKib(process.pid),
    targets: delivery.size,
    series: text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
    connections: await promisify(robot.getConnections.bind(robot))(),
  };
}

const samples = [];
const start = clock.elapsed();
for (let second = 1; second <= seconds; second += 1) {
  await reload(second);
  await sleep(clock, Math.max(start + second * 1000 - clock.elapsed(), 0));
  if (second % 60 === 0) samples.push(await sample());
}
process.stdout.write(JSON.stringify(samples));
process.exit();
