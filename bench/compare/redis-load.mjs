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
 *
 * @typedef {Map<string, number>} Calls of a Redis, by the command's name
 */

/** Commands of connections, of the bench itself, and of scripts: a script counts as one command. */
const ownCommands = /^(?:info|config|ping|hello|client|select|auth|quit|command)(?:\||$)/;
const messages = 200;
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
 * A robot that asks Redis for its counts at each POST, and so tells what came before it.
 *
 * @param {number} redisPort
 */
async function startCountingRobot(redisPort) {
  const client = createClient({ socket: { host: "127.0.0.1", port: redisPort } });
  await client.connect();
  const read = async () => readCalls(await client.info("commandstats"));
  /** @type {Calls} */
  let atPost = new Map();
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", async () => {
      atPost = await read();
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
      await client.close();
    },
    /**
     * @param {number} daprdPort
     * @param {string} component
     * @returns {Promise<Commands>}
     */
    count: async (daprdPort, component) => {
      await send(daprdPort, { component, text: "the first message loads the scripts" });
      let [before, after] = [0, 0];
      /** @type {Calls} */
      const all = new Map();
      for (let index = 0; index < messages; index += 1) {
        await sleep(settleMs);
        const start = await read();
        await send(daprdPort, { component, text: `message ${index}` });
        await sleep(settleMs);
        const end = await read();
        before += sumOf(difference(start, atPost));
        after += sumOf(difference(atPost, end));
        for (const [name, count] of difference(start, end)) {
          all.set(name, (all.get(name) ?? 0) + count);
        }
      }
      const names = [...all].map(([name, count]) => `${(count / messages).toFixed(2)} ${name}`);
      return { before: before / messages, after: after / messages, names: names.join(", ") };
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

/**
 * @param {string} commandstats
 * @returns {Calls} without those that a script made
 */
export function readCalls(commandstats) {
  const lines = [...commandstats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  const calls = lines.map(([, name = "", count]) => /** @type {const} */ ([name, Number(count)]));
  return new Map(calls.filter(([name]) => !ownCommands.test(name)));
}

/**
 * @param {Calls} before
 * @param {Calls} after
 * @returns {Calls}
 */
export function difference(before, after) {
  const grown = [...after].map(
    ([name, count]) => /** @type {const} */ ([name, count - (before.get(name) ?? 0)]),
  );
  return new Map(grown.filter(([, count]) => count > 0));
}

/** @param {Calls} calls */
export function sumOf(calls) {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}
