// Events from DingTalk through the component and daprd to an app and back, beside a plain server that
// calls the app itself.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, startUntilReady, stopChild } from "./children.mjs";
import { residentKib } from "./process-facts.mjs";
import { callbackWay, clientId, clientSecret, startApp, startGateway } from "./receiving-ways.mjs";
import { startComponent, startDaprd, writeResources } from "./stage.mjs";
import { median } from "./statistics.mjs";

/**
 * @typedef {import("./receiving-ways.mjs").Way} Way
 * @typedef {"callback" | "stream" | "plain"} WayName
 * @typedef {{ perSecond: number, p50Ms: number }} Received
 * @typedef {Record<WayName, Received>[]} ReceivingRounds of one number of events in flight
 *
 * @typedef {object} Receiving
 * @property {Map<number, ReceivingRounds>} rounds by events in flight
 * @property {{ sent: number, residentKib: number }[]} samples of the component's memory
 */

const plainReceiver = fileURLToPath(new URL("plain-receiver.mjs", import.meta.url));
export const inFlightCounts = [1, 64];

/**
 * @param {string} folder
 * @param {{ rounds: number, seconds: number, events: number, tell: (text: string) => void }} options
 * @returns {Promise<Receiving>}
 */
export async function measureReceiving(folder, { rounds, seconds, events, tell }) {
  const stage = await startReceivingStage(join(folder, "receiving"));
  /** @type {Receiving["rounds"]} */
  const found = new Map(inFlightCounts.map((count) => [count, []]));
  const names = /** @type {const} */ (["callback", "stream", "plain"]);
  for (let round = -1; round < rounds; round += 1) {
    for (const inFlight of inFlightCounts) {
      const results = /** @type {Record<WayName, Received>} */ ({});
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        results[name] = await receive(stage, name, { inFlight, seconds });
      }
      const rates = names.map((name) => `${name} ${Math.round(results[name].perSecond)}/s`);
      tell(`${round < 0 ? "warming up" : `round ${round + 1}`}, ${inFlight} in flight: ${rates}`);
      if (round >= 0) found.get(inFlight)?.push(results);
    }
  }
  const samples = await receiveMany(stage, events, tell);
  await stage.close();
  return { rounds: found, samples };
}

/** @typedef {Awaited<ReturnType<typeof startReceivingStage>>} ReceivingStage */

/** @param {string} folder */
async function startReceivingStage(folder) {
  const [app, gateway] = [await startApp(), await startGateway()];
  const [callbackPort, plainPort] = [await freePort(), await freePort()];
  const [resources, sockets] = [join(folder, "resources"), join(folder, "s")];
  await mkdir(sockets, { recursive: true });
  const common = { clientSecret, direction: "input", maxInFlight: "64" };
  await writeResources(resources, {
    callback: { ...common, id: "callback", receive: "http" },
    stream: { ...common, id: "stream", receive: "stream", clientId, gatewayUrl: gateway.url },
  });
  const component = await startComponent(sockets, {
    env: { DINGTALK_CALLBACK_PORT: `${callbackPort}`, DINGTALK_CALLBACK_HOST: "127.0.0.1" },
  });
  const { daprd } = await startDaprd({ resources, sockets, appPort: app.port });
  const plainArgs = [plainReceiver, `${plainPort}`, `${app.port}`, clientSecret];
  const plain = await startUntilReady(process.execPath, plainArgs, { ready: "ready" });
  await gateway.connected;
  /** @type {Record<WayName, Way>} */
  const ways = {
    callback: callbackWay(callbackPort, "/callback/callback"),
    stream: gateway,
    plain: callbackWay(plainPort, "/"),
  };
  return {
    app,
    component,
    ways,
    close: async () => {
      for (const child of [daprd, component, plain]) await stopChild(child);
      gateway.close();
      app.close();
    },
  };
}

let sent = 0;

/**
 * Keeps so many events in flight for a time.
 *
 * @param {ReceivingStage} stage
 * @param {WayName} name
 * @param {{ inFlight: number, seconds: number }} options
 * @returns {Promise<Received>}
 */
async function receive({ app, ways }, name, { inFlight, seconds }) {
  const eventsBefore = app.events();
  /** @type {number[]} */
  const latencies = [];
  const start = performance.now();
  const until = start + seconds * 1000;
  const work = async () => {
    while (performance.now() < until) {
      const sentAt = performance.now();
      sent += 1;
      await ways[name].send(`${name}-${sent}`);
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  const elapsedMs = performance.now() - start;
  const heard = app.events() - eventsBefore;
  if (heard !== latencies.length) {
    throw new Error(`of ${latencies.length} events by ${name} the app heard ${heard}`);
  }
  return { perSecond: (heard / elapsedMs) * 1000, p50Ms: median(latencies) };
}

/**
 * @param {ReceivingStage} stage
 * @param {number} events
 * @param {(text: string) => void} tell
 * @returns {Promise<Receiving["samples"]>}
 */
async function receiveMany(stage, events, tell) {
  /** @type {Receiving["samples"]} */
  const samples = [];
  const before = stage.app.events();
  while (stage.app.events() - before < events) {
    for (const name of /** @type {const} */ (["callback", "stream"])) {
      await receive(stage, name, { inFlight: 64, seconds: 1 });
      samples.push({
        sent: stage.app.events() - before,
        residentKib: residentKib(stage.component.pid),
      });
    }
  }
  tell(`${samples.at(-1)?.sent} events were received`);
  return samples;
}
