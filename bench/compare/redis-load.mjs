// What it costs to share limits and records in a Redis: commands, time and CPU time for a message.
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import { startRedis } from "../simulate/redis.mjs";
import { stopChild } from "./children.mjs";
import { runRounds } from "./rounds.mjs";
import { metadataFor, startStage } from "./stage.mjs";

/**
 * @typedef {object} Commands for one message
 * @property {number} before the robot had the POST
 * @property {number} after
 * @property {string} names of all, with their number
 */

const messages = 100;
/** Within it the commands that no caller waits for have come. */
const settleMs = 50;

/**
 * @param {string} folder
 * @param {{ rounds: number, seconds: number, tell: (text: string) => void }} options
 */
export async function measureRedis(folder, options) {
  const redis = await startRedis(folder);
  const redisHost = `127.0.0.1:${redis.port}`;
  const counting = await startCountingRobot(redis.port);
  const stage = await startStage(join(folder, "redis"), ({ https }) => ({
    alone: metadataFor("alone", `${https}&side=alone`),
    shared: { ...metadataFor("shared", `${https}&side=shared`), redisHost },
    unlimited: { ...metadataFor("unlimited", `${counting.url}1`), redisHost },
    // More than the bench sends in a minute.
    limited: {
      ...metadataFor("limited", `${counting.url}2`),
      redisHost,
      messagesPerMinute: "100000",
    },
  }));
  const { robot, component, ours } = stage;
  // Both sides are one process, so that only Redis differs.
  const side = { port: ours.port, processes: [component] };
  const sides = { ours: { ...side, component: "shared" }, rival: { ...side, component: "alone" } };
  const settings = [1, 16].map((callers) => ({ scheme: /** @type {const} */ ("https"), callers }));
  const commands = {
    unlimited: await counting.count(ours.port, "unlimited"),
    limited: await counting.count(ours.port, "limited"),
  };
  const rounds = await runRounds({ robot, sides }, { ...options, settings });
  for (const child of [...ours.processes, robot.process]) await stopChild(child);
  await counting.close();
  await redis.stop();
  return { commands, rounds };
}

/**
 * A robot that marks each POST in the list of Redis's commands.
 *
 * @param {number} redisPort
 */
async function startCountingRobot(redisPort) {
  const watch = await watchCommands(redisPort);
  let atPost = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", async () => {
      atPost = await watch.mark();
      response.end('{"errcode":0,"errmsg":"ok"}');
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/robot/send?access_token=`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await watch.close();
    },
    /**
     * @param {number} daprdPort
     * @param {string} component
     * @returns {Promise<Commands>}
     */
    count: async (daprdPort, component) => {
      await send(daprdPort, { component, text: "the first message loads the scripts" });
      let [before, after] = [0, 0];
      /** @type {Map<string, number>} */
      const all = new Map();
      for (let index = 0; index < messages; index += 1) {
        await sleep(settleMs);
        const start = await watch.mark();
        await send(daprdPort, { component, text: `message ${index}` });
        await sleep(settleMs);
        const end = await watch.mark();
        before += watch.between(start, atPost).length;
        after += watch.between(atPost, end).length;
        for (const name of watch.between(start, end)) all.set(name, (all.get(name) ?? 0) + 1);
      }
      const names = [...all].map(([name, count]) => `${(count / messages).toFixed(2)} ${name}`);
      return { before: before / messages, after: after / messages, names: names.join(", ") };
    },
  };
}

/**
 * Keeps the names of the commands that come to a Redis, without those that scripts call.
 *
 * @param {number} port
 */
export async function watchCommands(port) {
  const socket = { host: "127.0.0.1", port };
  const [monitor, marker] = [createClient({ socket }), createClient({ socket })];
  await Promise.all([monitor.connect(), marker.connect()]);
  /** @type {string[]} */
  const names = [];
  /** @type {Map<string, () => void>} */
  const marks = new Map();
  await monitor.monitor((reply) => {
    // 1700000000.000000 [0 127.0.0.1:40000] "EVALSHA" "..."
    const [, from = "", name = "", first = ""] =
      /^\S+ \[\d+ (\S+)\] "([^"]*)"(?: "([^"]*)")?/.exec(`${reply}`) ?? [];
    if (from === "lua") return;
    const passed = marks.get(first);
    if (passed === undefined) names.push(name.toLowerCase());
    else passed();
  });
  let count = 0;
  return {
    /** @returns {Promise<number>} how many commands came until now */
    mark: async () => {
      count += 1;
      const name = `mark-${count}`;
      /** @type {Promise<number>} */
      const seen = new Promise((resolve) => marks.set(name, () => resolve(names.length)));
      await marker.echo(name);
      const at = await seen;
      marks.delete(name);
      return at;
    },
    /**
     * @param {number} from
     * @param {number} to
     */
    between: (from, to) => names.slice(from, to),
    close: async () => {
      monitor.destroy();
      await marker.close();
    },
  };
}

/**
 * @param {number} port
 * @param {{ component: string, text: string }} message
 */
async function send(port, { component, text }) {
  const data = { msgtype: "text", text: { content: text } };
  const response = await fetch(`http://127.0.0.1:${port}/v1.0/bindings/${component}`, {
    method: "POST",
    body: JSON.stringify({ operation: "create", data }),
  });
  if (!response.ok) throw new Error(`a message was not sent: ${await response.text()}`);
}
