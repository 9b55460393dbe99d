// What receiving by stream costs a component that waits: resident memory, beside a component that
// receives nothing, in the same run.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { credentials, Metadata } from "@grpc/grpc-js";
import { built } from "../simulate/built.mjs";
import { stopChild } from "./children.mjs";
import { residentKib } from "./process-facts.mjs";
import { clientId, clientSecret, startGateway } from "./receiving-ways.mjs";
import { connectClient } from "./socket-client.mjs";
import { startComponent } from "./stage.mjs";

const settleMs = 3000;

const { loadBindings } = /** @type {typeof import("../../src/dapr/bindings-proto.ts")} */ (
  await built("src/dapr/bindings-proto")
);
const { InputBinding } = loadBindings().grpcTypes.dapr.proto.components.v1;

/**
 * @param {string} folder
 * @param {number} rounds
 * @returns {Promise<{ get: number[], stream: number[] }>} KiB
 */
export async function measureStreamMemory(folder, rounds) {
  /** @type {{ get: number[], stream: number[] }} */
  const kib = { get: [], stream: [] };
  const common = { id: "bench", url: "http://127.0.0.1:9/robot/send?access_token=bench" };
  for (let round = 0; round < rounds; round += 1) {
    const gateway = await startGateway();
    const stream = { receive: "stream", clientId, clientSecret, gatewayUrl: gateway.url };
    kib.get.push(await measure(join(folder, `get-${round}`), common));
    const withStream = { ...common, ...stream };
    kib.stream.push(await measure(join(folder, `stream-${round}`), withStream, gateway.connected));
    gateway.close();
  }
  return kib;
}

/**
 * Resident KiB of a component that has one configuration, from which an app reads.
 *
 * @param {string} sockets
 * @param {Record<string, string>} properties
 * @param {Promise<void>} [connected]
 */
async function measure(sockets, properties, connected) {
  const component = await startComponent(sockets);
  const client = connectClient(sockets);
  await client.init("bench", properties);
  const stopReading = read(sockets);
  await connected;
  await sleep(settleMs);
  const resident = residentKib(component.pid);
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
