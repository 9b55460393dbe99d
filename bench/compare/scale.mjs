// What grows with components, robots, replicas and reloads, with one Redis for all.
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient } from "@redis/client";
import { startRedis } from "../simulate/redis.mjs";
import { startChild, stopChild } from "./children.mjs";
import { cpuMs, residentKib } from "./process-facts.mjs";
import { watchCommands } from "./redis-load.mjs";
import { connectClient } from "./socket-client.mjs";
import { metadataFor, startBenchRobot, startComponent } from "./stage.mjs";
import { median } from "./statistics.mjs";

/**
 * @typedef {object} ScaleFigure
 * @property {number} components of each replica, each with a robot of its own
 * @property {number} replicas
 * @property {number} messageUs processor time of the replicas for a message
 * @property {number} residentKib of a replica
 * @property {number} connections to Redis of a replica
 * @property {number} commandsPerMessage
 * @property {number} idlePerMinute commands of a replica in a minute without messages
 * @property {number} redisBytes of Redis for a message that it remembers
 * @property {number} connectionBytes of Redis for a connection
 *
 * @typedef {object} ReloadSample
 * @property {number} heapKib after a garbage collection
 * @property {number} residentKib
 * @property {number} targets robots that the delivery remembers
 * @property {number} series of the metrics
 * @property {number} connections to the robot
 */

const reloadProgram = fileURLToPath(new URL("reload-process.mjs", import.meta.url));
export const componentCounts = [1, 10, 100, 1000, 10_000];
export const replicaCounts = [1, 10];
/** Fewer would be lost among the 10 ms in which Linux counts processor time. */
const leastMessages = 5000;
/** Fewer would not be enough to compile a replica's code. */
const leastPerReplica = 2000;
const [inFlight, initsAtOnce] = [16, 64];
const settleMs = 2000;
const idleMs = 5000;

/**
 * @param {string} folder
 * @param {{ most: number, tell: (text: string) => void }} options the most components of a replica
 * @returns {Promise<ScaleFigure[]>}
 */
export async function measureScale(folder, { most, tell }) {
  const { robot } = await startBenchRobot(join(folder, "scale"));
  const counts = componentCounts.filter((count) => count <= most);
  /** @type {ScaleFigure[]} */
  const figures = [];
  for (const replicas of replicaCounts) {
    const own = join(folder, `scale-${replicas}`);
    await mkdir(own);
    const found = await measureReplicas(own, { counts, replicas, url: robot.urls.http });
    for (const figure of found) tell(JSON.stringify(figure));
    figures.push(...found);
  }
  await stopChild(robot.process);
  return figures;
}

/**
 * The same processes get more and more components, so that all figures are of code that is compiled.
 *
 * @param {string} folder
 * @param {{ counts: readonly number[], replicas: number, url: string }} options
 * @returns {Promise<ScaleFigure[]>}
 */
async function measureReplicas(folder, { counts, replicas, url }) {
  const redis = await startWatchedRedis(folder);
  const started = await Promise.all(
    Array.from({ length: replicas }, async (_, index) => {
      const sockets = join(folder, `${index}`);
      const process = await startComponent(sockets);
      return { process, client: connectClient(sockets) };
    }),
  );
  const messages = Math.max(leastMessages, leastPerReplica * replicas);
  const nameOf = (/** @type {number} */ index) => `robot-${index}`;
  const initAll = async (/** @type {number} */ from, /** @type {number} */ to) => {
    await inParallel((to - from) * replicas, initsAtOnce, async (task) => {
      const [replica, index] = [started[task % replicas], from + Math.floor(task / replicas)];
      const metadata = metadataFor(nameOf(index), `${url}&n=${index}`);
      await replica?.client.initOutput(nameOf(index), { ...metadata, redisHost: redis.host });
    });
  };
  let run = 0;
  let sent = 0;
  const send = async (/** @type {number} */ components, count = messages) => {
    run += 1;
    sent += count;
    await inParallel(count, inFlight, async (task) => {
      const [replica, index] = [started[task % replicas], Math.floor(task / replicas)];
      await replica?.client.create(nameOf(index % components), `run ${run}, message ${task}`);
    });
  };
  const cpu = () => started.reduce((sum, one) => sum + cpuMs(one.process.pid), 0);
  /** @type {ScaleFigure[]} */
  const figures = [];
  let initialized = 0;
  const bytesAtStart = await redis.usedBytes();
  for (const components of counts) {
    await initAll(initialized, components);
    // Each process compiles its code.
    if (initialized === 0) await send(components, 1500 * replicas);
    initialized = components;
    await sleep(settleMs);
    const resident = median(started.map((one) => residentKib(one.process.pid)));
    const before = { cpu: cpu(), commands: await redis.mark() };
    await send(components);
    await sleep(settleMs);
    figures.push({
      components,
      replicas,
      messageUs: ((cpu() - before.cpu) * 1000) / messages,
      residentKib: resident,
      commandsPerMessage: ((await redis.mark()) - before.commands) / messages,
      redisBytes: ((await redis.usedBytes()) - bytesAtStart) / sent,
      ...(await redis.describe(replicas)),
    });
  }
  for (const one of started) one.client.close();
  await Promise.all(started.map((one) => stopChild(one.process)));
  await redis.close();
  return figures;
}

/**
 * A Redis of the bench and what it tells of its clients.
 *
 * @param {string} folder
 */
async function startWatchedRedis(folder) {
  const redis = await startRedis(folder);
  const client = createClient({ socket: { host: "127.0.0.1", port: redis.port } });
  await client.connect();
  const watch = await watchCommands(redis.port);
  return {
    host: `127.0.0.1:${redis.port}`,
    mark: watch.mark,
    usedBytes: async () => readNumber(await client.info("memory"), "used_memory_dataset"),
    /** @param {number} replicas */
    describe: async (replicas) => {
      const from = await watch.mark();
      await sleep(idleMs);
      const idle = (await watch.mark()) - from;
      const connections = readConnections(`${await client.sendCommand(["CLIENT", "LIST"])}`);
      return {
        connections: connections.length / replicas,
        connectionBytes: median(connections),
        idlePerMinute: (idle / replicas) * (60_000 / idleMs),
      };
    },
    close: async () => {
      await watch.close();
      await client.close();
      await redis.stop();
    },
  };
}

/**
 * @param {number} count
 * @param {number} atOnce
 * @param {(index: number) => Promise<void>} act
 */
async function inParallel(count, atOnce, act) {
  let next = 0;
  const work = async () => {
    while (next < count) {
      next += 1;
      await act(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/**
 * @param {string} info
 * @param {string} name
 */
function readNumber(info, name) {
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
}

/**
 * @param {string} list the answer to CLIENT LIST
 * @returns {number[]} bytes of each connection of a replica, without those of the bench
 */
function readConnections(list) {
  return list
    .split("\n")
    .filter((line) => line !== "" && !/ cmd=(?:monitor|client|info|echo)/.test(line))
    .map((line) => Number(/ tot-mem=(\d+)/.exec(line)?.[1]));
}

/**
 * An hour of reloads, each with a new token and a new id, a simulated second apart.
 *
 * @param {number} simulatedSeconds
 * @returns {Promise<ReloadSample[]>} one for each minute
 */
export async function measureReloads(simulatedSeconds) {
  const child = startChild(
    process.execPath,
    ["--expose-gc", reloadProgram, `${simulatedSeconds}`],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (child.stdout === null) throw new Error("the process has no output");
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`the reloads ended with ${code}`);
  return JSON.parse(output);
}
