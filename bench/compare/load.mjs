// wrk, because it is small in C: what it takes of the two cores is taken from neither rival, it
// keeps its connections, tells percentiles, and a script gives each message a text of its own.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startChild } from "./children.mjs";
import { cpuMs } from "./process-facts.mjs";

/**
 * @typedef {import("./robot.mjs").Scheme} Scheme
 * @typedef {import("./stage.mjs").Side} Side
 * @typedef {import("./robot.mjs").Robot} Robot
 *
 * @typedef {object} Load
 * @property {number} sent
 * @property {number} perSecond
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} sidecarCpuUs per message, of the processes of the side
 * @property {number} systemCpuUs per message, of the side and the robot
 * @property {number} connectionsPerThousand that the robot saw opened, for 1,000 messages
 */

const script = fileURLToPath(new URL("post.lua", import.meta.url));

/** Within it the last calls get their answers. */
const tailSeconds = 1;
const quietMs = 300;

/**
 * Sends as fast as so many callers get their answers.
 *
 * @param {Side} side
 * @param {{ robot: Robot, scheme: Scheme, callers: number, seconds: number }} options
 * @returns {Promise<Load>}
 */
export async function sendLoad(side, { robot, scheme, callers, seconds }) {
  const cpu = () => side.processes.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const before = { ...(await robot.count()), cpu: cpu(), robotCpu: robot.cpuMs() };
  const result = await runWrk(
    `http://127.0.0.1:${side.port}/v1.0/bindings/${side.component ?? scheme}`,
    {
      callers,
      seconds,
    },
  );
  // The built-in goes on opening connections that it began for calls which found another one.
  await untilQuiet(() => cpu() + robot.cpuMs());
  const spent = cpu() - before.cpu;
  const robotSpent = robot.cpuMs() - before.robotCpu;
  const after = await robot.count();
  const posts = after.posts - before.posts;
  const { answers, refused, lost } = result;
  if (refused > 0 || lost > 0 || posts < answers || posts > answers + callers) {
    throw new Error(
      `of ${answers} answers ${refused} were errors, ${lost} calls were lost, and the robot had ${posts} posts`,
    );
  }
  return {
    sent: answers,
    perSecond: answers / seconds,
    p50Ms: result.p50Us / 1000,
    p99Ms: result.p99Us / 1000,
    sidecarCpuUs: (spent * 1000) / posts,
    systemCpuUs: ((spent + robotSpent) * 1000) / posts,
    connectionsPerThousand: ((after.connections - before.connections) * 1000) / posts,
  };
}

/** @param {() => number} cpu of all concerned, in milliseconds */
async function untilQuiet(cpu) {
  for (let before = cpu(); ; ) {
    await sleep(quietMs);
    const after = cpu();
    if (after - before <= quietMs / 15) return;
    before = after;
  }
}

/**
 * @param {string} url
 * @param {{ callers: number, seconds: number }} options
 */
async function runWrk(url, { callers, seconds }) {
  const duration = `${seconds + tailSeconds}s`;
  const options = ["-t1", `-c${callers}`, "-d", duration, "--timeout", "20s", "-s", script];
  const wrk = startChild("wrk", [...options, url, "--", randomUUID(), `${seconds}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (wrk.stdout === null) throw new Error("wrk has no output");
  const [output] = await Promise.all([text(wrk.stdout), once(wrk, "exit")]);
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) throw new Error(`wrk failed\n${output}`);
  return /** @type {{ answers: number, refused: number, lost: number, p50Us: number, p99Us: number }} */ (
    JSON.parse(line)
  );
}
