// Resident memory: of a component that waits, of each further instance, and over many sends.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild, stopChild } from "./children.mjs";
import { sendLoad } from "./load.mjs";
import { residentKib, unsharedKib } from "./process-facts.mjs";
import { connectClient } from "./socket-client.mjs";
import { metadataFor, serveArgs, startComponent, startStage } from "./stage.mjs";
import { median } from "./statistics.mjs";

const settleMs = 3000;
/** Within it a process that rests has given back what it will. */
const restMs = 60_000;
const nothingUrl = "http://127.0.0.1:9/robot/send?access_token=";

/**
 * @param {string} folder
 * @param {number} rounds
 * @param {readonly string[]} args
 * @returns {Promise<Record<"ours" | "bare", { resident: number[], unshared: number[] }>>} KiB
 */
export async function measureIdle(folder, rounds, args = serveArgs) {
  /** @type {Awaited<ReturnType<typeof measureIdle>>} */
  const idle = { ours: { resident: [], unshared: [] }, bare: { resident: [], unshared: [] } };
  for (let round = 0; round < rounds; round += 1) {
    const bare = startChild(process.execPath, ["-e", "setInterval(() => {}, 1e8)"]);
    const sockets = join(folder, `idle-${round}`);
    const component = await startComponent(sockets, { args });
    const client = connectClient(sockets);
    await client.init("idle", metadataFor("idle", `${nothingUrl}idle`));
    await sleep(settleMs);
    for (const { of, pid } of [
      { of: idle.ours, pid: component.pid },
      { of: idle.bare, pid: bare.pid },
    ]) {
      of.resident.push(residentKib(pid));
      of.unshared.push(unsharedKib(pid));
    }
    client.close();
    await Promise.all([stopChild(component), stopChild(bare)]);
  }
  return idle;
}

/**
 * @param {string} folder
 * @param {number} count
 * @returns {Promise<number>} KiB for each
 */
export async function measureInstances(folder, count) {
  const sockets = join(folder, "instances");
  const component = await startComponent(sockets);
  const client = connectClient(sockets);
  /** @param {string} prefix */
  const load = async (prefix) => {
    for (let index = 0; index < count; index += 1) {
      const name = `${prefix}-${index}`;
      await client.init(name, metadataFor(name, `${nothingUrl}${name}`));
    }
    await sleep(settleMs);
    return residentKib(component.pid);
  };
  // The first ones also pay for code that is compiled and for a heap that grows once.
  const before = await load("first");
  const after = await load("further");
  client.close();
  await stopChild(component);
  return (after - before) / count;
}

/**
 * @typedef {{ sent: number, residentKib: number }} Sample
 *
 * @param {string} folder
 * @param {{ sends: number, seconds: number, tell: (text: string) => void }} options
 * @returns {Promise<{ idleKib: number, afterKib: number, samples: Sample[] }>}
 */
export async function measureManySends(folder, { sends, seconds, tell }) {
  const { component, ours, robot } = await startStage(join(folder, "many"));
  await sleep(settleMs);
  const idleKib = residentKib(component.pid);
  /** @type {Sample[]} */
  const samples = [];
  for (let sent = 0; sent < sends; ) {
    const load = { robot, scheme: /** @type {const} */ ("https"), callers: 64 };
    /** @type {number[]} */
    const resident = [];
    const timer = setInterval(() => resident.push(residentKib(component.pid)), 500);
    sent += (await sendLoad(ours, { ...load, seconds })).sent;
    clearInterval(timer);
    samples.push({ sent, residentKib: median(resident) });
    tell(`${sent} sent, ${Math.round(median(resident) / 1024)} MiB`);
  }
  await sleep(restMs);
  const afterKib = residentKib(component.pid);
  for (const child of [...ours.processes, robot.process]) await stopChild(child);
  return { idleKib, afterKib, samples };
}
