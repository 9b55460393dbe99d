// DingTalk's own clients for Node and Python through a disconnect frame, for comparison.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { built } from "../simulate/built.mjs";
import { startChild } from "./child.mjs";
import { MovableClock } from "./clock.mjs";
import { redeliverAfterMs } from "./connection-rows.mjs";
import { deafnessAfter } from "./findings.mjs";
import { clientSecret, Human } from "./human.mjs";
import { secondsOf } from "./report.mjs";
import { speakSteadily } from "./row.mjs";
import { numberOf } from "./stage.mjs";
import { until } from "./until.mjs";

/**
 * @typedef {import("./findings.mjs").Finding} Finding
 *
 * @typedef {object} ForeignRow
 * @property {{ en: string, zh: string }} name
 * @property {readonly string[]} command
 */

const { startSandbox } = /** @type {typeof import("../../sandbox/server.ts")} */ (
  await built("sandbox/server")
);
const root = fileURLToPath(new URL("../../", import.meta.url));
const clients = `${root}test/clients`;
const token = "foreign";
const clientId = "dingforeign";

/** @type {readonly ForeignRow[]} */
export const foreignRows = [
  {
    name: nameOf("npm", versionIn("npm/package.json")),
    command: [process.execPath, `${clients}/npm/program.mjs`],
  },
  {
    name: nameOf("Python", versionIn("python/requirements.txt")),
    command: [`${root}build/clients/python/bin/python`, `${clients}/python/program.py`],
  },
];

/**
 * Plays one disconnect frame under steady messages.
 *
 * @param {ForeignRow} row
 * @returns {Promise<import("./report.mjs").Played>}
 */
export async function playForeign({ name, command }) {
  const clock = new MovableClock();
  const sandbox = await startSandbox({ clock, robots: [{ token }] });
  const human = new Human(sandbox.url, token, clock);
  await human.configure({ mode: "stream", clientId, appSecret: clientSecret });
  const env = {
    ...{ GATEWAY: sandbox.url, DINGTALK_OPENAPI_ENDPOINT: sandbox.url },
    ...{ CLIENT_ID: clientId, CLIENT_SECRET: clientSecret },
  };
  const child = startChild(name.en, command, { env, cwd: root });
  try {
    const deafMs = await disconnectUnderMessages(human, clock);
    return { row: { name, note: noteOf }, finding: { ...(await find(human)), deafMs } };
  } catch (error) {
    process.stdout.write(child.output().slice(-2000));
    throw error;
  } finally {
    await child.end("SIGKILL");
    await sandbox.close();
  }
}

/**
 * @param {Human} human
 * @param {MovableClock} clock
 * @returns {Promise<number>} how long the client heard nothing
 */
async function disconnectUnderMessages(human, clock) {
  const old = (await until("a connection", async () => (await open(human))[0])) ?? "";
  const stop = speakSteadily(human, 50);
  await sleep(500);
  const at = clock.now();
  await human.disconnect(old);
  await until("another connection", async () => (await open(human)).some((id) => id !== old));
  await sleep(500);
  stop();
  await human.listen();
  await clock.move(redeliverAfterMs);
  await until("an answer to each message that came", async () => {
    const { pushed, answered } = await look(human);
    return pushed.every((number) => answered.includes(number));
  });
  return await deafnessAfter(human, { at, old });
}

/**
 * Ids of the connections that get messages.
 *
 * @param {Human} human
 */
async function open(human) {
  const connections = await human.connections();
  return connections.flatMap(({ id, state, getsMessages }) =>
    state === "open" && getsMessages ? [id] : [],
  );
}

/**
 * The numbers of the messages that came to the client, and of its answers.
 *
 * @param {Human} human
 */
async function look(human) {
  const [entries, answers] = await Promise.all([human.entries(), human.answers()]);
  const pushed = entries.filter(({ callback }) => (callback?.pushes.length ?? 0) > 0);
  return {
    pushed: pushed.map(numberOf),
    answered: answers.map(({ body }) => Number(/message (\d+)/.exec(body)?.[1])),
    answers,
  };
}

/**
 * What a client answers, it has accepted: so the answers tell what came to it.
 *
 * @param {Human} human
 * @returns {Promise<Finding>}
 */
async function find(human) {
  const { pushed, answered, answers } = await look(human);
  const distinct = new Set(answered);
  const saidAt = new Map((await human.entries()).map((entry) => [entry.id, entry.receivedAt]));
  const delays = answers.map(
    ({ receivedAt, replyTo }) =>
      Date.parse(receivedAt) - Date.parse(saidAt.get(replyTo ?? "") ?? receivedAt),
  );
  return {
    said: human.saidAt.size,
    unpushed: human.saidAt.size - pushed.length,
    lost: pushed.filter((number) => !distinct.has(number)).length,
    doubled: answered.length - distinct.size,
    delayMs: Math.max(0, ...delays),
  };
}

/**
 * @param {string} language
 * @param {string} version
 */
function nameOf(language, version) {
  const client = `\`dingtalk-stream\` ${version} (${language})`;
  return {
    en: `for comparison, ${client}: \`disconnect\` frame under steady messages, once`,
    zh: `对照，${client}：持续有消息时收到 \`disconnect\` 帧，1 次`,
  };
}

/** @param {Finding} finding */
function noteOf({ deafMs = 0 }) {
  return {
    en: `hears nothing for ${secondsOf(deafMs)} s`,
    zh: `${secondsOf(deafMs)} 秒内收不到消息`,
  };
}

/**
 * The version that the tests install.
 *
 * @param {string} file
 */
function versionIn(file) {
  const text = readFileSync(`${clients}/${file}`, "utf8");
  return /dingtalk-stream(?:==|": ")([\d.]+)/.exec(text)?.[1] ?? "";
}
