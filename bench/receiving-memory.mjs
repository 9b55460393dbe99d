// What receiving by stream costs a component that waits: resident memory and the time of its start,
// beside a component that receives nothing, in the same run. Fails if it costs more than 3 MB.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { credentials, Metadata } from "@grpc/grpc-js";
import { startChild, stopChild } from "./compare/children.mjs";
import { residentKib } from "./compare/process-facts.mjs";
import { connectClient } from "./compare/socket-client.mjs";
import { compileAsInImage, startComponent } from "./compare/stage.mjs";
import { measureStarts } from "./compare/start-times.mjs";
import { median } from "./compare/statistics.mjs";
import { built } from "./simulate/built.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const rounds = Number(values.rounds);
const settleMs = 3000;
/** In bytes: 3 MB. */
const mostCost = 3e6;
const clientSecret = "bench-client-secret";
const clientId = "dingbench";

const { startSandbox } = /** @type {typeof import("../sandbox/server.ts")} */ (
  await built("sandbox/server")
);
const { loadBindings } = /** @type {typeof import("../src/dapr/bindings-proto.ts")} */ (
  await built("src/dapr/bindings-proto")
);
const { InputBinding } = loadBindings().grpcTypes.dapr.proto.components.v1;

const folder = await mkdtemp(join(tmpdir(), "receiving-memory-"));
const sandbox = await startSandbox({ robots: [{ token: "bench" }] });
try {
  await compileAsInImage(folder);
  process.exitCode = await compare();
} finally {
  await sandbox.close();
  await rm(folder, { recursive: true });
}

async function compare() {
  await configureRobot();
  const common = { id: "bench", url: `${sandbox.url}/robot/send?access_token=bench` };
  const stream = { receive: "stream", clientId, clientSecret, gatewayUrl: sandbox.url };
  const kinds = /** @type {const} */ (["bare", "get", "stream"]);
  /** @type {Record<typeof kinds[number], number[]>} */
  const bytes = { bare: [], get: [], stream: [] };
  for (let round = 0; round < rounds; round += 1) {
    const idle = startChild(process.execPath, ["-e", "setInterval(() => {}, 1e8)"]);
    bytes.get.push(await measure(join(folder, `get-${round}`), common));
    bytes.stream.push(await measure(join(folder, `stream-${round}`), { ...common, ...stream }));
    bytes.bare.push(residentKib(idle.pid) * 1024);
    await stopChild(idle);
  }
  for (const kind of kinds) say(`${kind.padEnd(8)} ${mb(median(bytes[kind]))} MB idle`);
  const starts = await measureStarts(folder, rounds);
  say(
    `start    ${Math.round(median(starts.ours))} ms, bare Node ${Math.round(median(starts.bare))} ms`,
  );
  const cost = median(bytes.stream) - median(bytes.get);
  say(`receiving by stream costs ${mb(cost)} MB, at most ${mb(mostCost)} MB are allowed`);
  return cost <= mostCost ? 0 : 1;
}

/**
 * Resident bytes of a component that has one configuration, from which an app reads.
 *
 * @param {string} sockets
 * @param {Record<string, string>} properties
 */
async function measure(sockets, properties) {
  const component = await startComponent(sockets);
  const client = connectClient(sockets);
  await client.init("bench", properties);
  const stopReading = read(sockets);
  if (properties.receive === "stream") await untilConnected();
  await sleep(settleMs);
  const resident = residentKib(component.pid) * 1024;
  stopReading();
  client.close();
  await stopChild(component);
  return resident;
}

/** @param {string} sockets */
function read(sockets) {
  const address = `unix:${join(sockets, "dingtalk.webhook.sock")}`;
  const client = new InputBinding(address, credentials.createInsecure());
  const header = new Metadata();
  header.set("x-component-instance", "bench");
  const call = client.Read(header);
  call.on("error", () => {});
  call.on("data", () => {});
  return () => {
    call.cancel();
    client.close();
  };
}

async function configureRobot() {
  const human = { mode: "stream", clientId, appSecret: clientSecret };
  await fetch(`${sandbox.url}/api/robots/bench/human`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(human),
  });
}

async function untilConnected() {
  for (let tries = 0; tries < 1000; tries += 1) {
    const robot = await (await fetch(`${sandbox.url}/api/robots/bench`)).json();
    const { connections } = /** @type {import("../sandbox/api/types.ts").RobotState} */ (robot);
    if (connections.length > 0) return;
    await sleep(20);
  }
  throw new Error("the component does not connect");
}

/** @param {number} bytes */
function mb(bytes) {
  return (bytes / 1e6).toFixed(1);
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
