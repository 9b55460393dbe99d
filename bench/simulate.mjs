// Three replicas, one robot, 500 messages in a minute, half of them in bursts, over a bad network, one
// replica killed, the robot's host away for 10 s: is one message lost, doubled or throttled? Prints
// what it counted and draws a chart.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureProgram } from "../scripts/install-package.mjs";
import { drawChart } from "./simulate/chart.mjs";
import { forget, simulate } from "./simulate/scenario.mjs";

/**
 * @typedef {import("./simulate/scenario.mjs").Setting} Setting
 * @typedef {import("./simulate/scenario.mjs").Result} Result
 * @typedef {{ setting: Setting, result: Result }} Run
 */

const help = `Usage: npm run simulate -- [options]

  --seed N        of what is random: faults and times of the messages (a new one)
  --only NAME     wait or digest (both)
  --messages N    in the simulated minute (500)
  --speed N       simulated seconds in a second (10); where the machine is busy, less: a process
                  that stalls for a second stands still for as many
  --replicas N    processes (3)
  --kill WHEN     load: in the middle of the minute; post: with its first message after that
                  on the way; none (load)
  --no-standstill no replica stands still for 20 s in the minute
  --no-redis      replicas that do not know of each other: shows that the simulation can fail
  --chart FILE    where the chart goes (docs/images/simulate.svg, if all went well)
`;
const { values } = parseArgs({
  allowNegative: true,
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    only: { type: "string" },
    messages: { type: "string", default: "500" },
    speed: { type: "string", default: "10" },
    replicas: { type: "string", default: "3" },
    kill: { type: "string", default: "load" },
    redis: { type: "boolean", default: true },
    standstill: { type: "boolean", default: true },
    chart: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
/** What a robot may send in a minute. */
const budget = 20;
const usualChart = fileURLToPath(new URL("../docs/images/simulate.svg", import.meta.url));

for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
if (values.help) say(help.trimEnd());
else process.exitCode = await run();

async function run() {
  if (values.redis) ensureProgram("redis-server", ["redis-server"]);
  const setting = {
    messages: Number(values.messages),
    seed: Number(values.seed),
    speed: Number(values.speed),
    replicas: Number(values.replicas),
    kill: /** @type {Setting["kill"]} */ (values.kill),
    isShared: values.redis,
    standsStill: values.standstill,
  };
  say(`seed ${setting.seed}, ${setting.speed} times as fast as real\n`);
  /** @type {Run[]} */
  const runs = [];
  for (const overflow of /** @type {const} */ (["wait", "digest"])) {
    if (values.only !== undefined && values.only !== overflow) continue;
    runs.push({
      setting: { ...setting, overflow },
      result: await simulate({ ...setting, overflow }),
    });
  }
  printTable(runs);
  const broken = runs.flatMap((run) =>
    brokenIn(run).map((what) => `${run.setting.overflow}: ${what}`),
  );
  for (const what of broken) say(`BROKEN ${what}`);
  for (const { result } of runs) {
    if (broken.length === 0) await forget(result);
    else await keepTraces(result);
  }
  await drawTo(values.chart ?? (broken.length === 0 && runs.length === 2 ? usualChart : ""), runs);
  return broken.length === 0 ? 0 : 1;
}

/** @param {Run} run */
function brokenIn({ setting: { overflow, kill }, result: { counts, killed } }) {
  const musts = {
    "nothing lost without an error": counts.lost === 0,
    "nothing duplicated": counts.duplicated === 0,
    "no throttle hit": counts.throttleHits === 0,
    "never over the budget": counts.mostInAMinute <= budget,
    "a process killed with calls in flight": kill === "none" || (killed?.inFlight ?? 0) > 0,
    ...(overflow === "digest" && {
      "all delivered": counts.delivered === counts.sent,
      // The minute's own 20, and the digests of what came after them.
      "within the budget of the minute and of its digests": counts.shown <= 2 * budget,
    }),
  };
  return Object.entries(musts).flatMap(([what, holds]) => (holds ? [] : [what]));
}

/** @param {readonly Run[]} runs */
function printTable(runs) {
  /** @type {[string, (result: Result) => number | string][]} */
  const rows = [
    ["sent", ({ counts }) => counts.sent],
    ["delivered", ({ counts }) => counts.delivered],
    ["duplicated", ({ counts }) => counts.duplicated],
    ["lost without an error", ({ counts }) => counts.lost],
    ["failed with an error", ({ counts }) => counts.failed],
    ["  and delivered all the same", ({ counts }) => counts.deliveredAfterAll],
    ["throttle hits", ({ counts }) => counts.throttleHits],
    ["robot messages in the group", ({ counts }) => counts.shown],
    ["requests", ({ requests }) => requests],
    ["  that reached DingTalk", ({ counts }) => counts.arrived],
    ["  at most in any minute", ({ counts }) => counts.mostInAMinute],
    ["faults", ({ faults }) => Object.values(faults).reduce((sum, n) => sum + n, 0)],
    ["in flight where killed", ({ killed }) => killed?.inFlight ?? "not killed"],
    ["Redis found away", ({ timesAlone }) => timesAlone],
    ["longest stall, simulated", ({ stallMs }) => `${Math.round(stallMs / 1000)} s`],
    ["last one after", ({ counts }) => `${Math.round(counts.lastAfterMs / 1000)} s`],
  ];
  const line = (/** @type {string} */ label, /** @type {(string | number)[]} */ cells) =>
    say(label.padEnd(30) + cells.map((cell) => String(cell).padStart(10)).join(""));
  line(
    "",
    runs.map(({ setting }) => setting.overflow),
  );
  for (const [label, cell] of rows) {
    line(
      label,
      runs.map(({ result }) => cell(result)),
    );
  }
}

/**
 * What went wrong is found in what everybody saw.
 *
 * @param {Result} result
 */
async function keepTraces({ folder, entries, offers }) {
  const files = { "sandbox.json": entries, "apps.json": offers };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), JSON.stringify(content, null, 1));
  }
  say(`logs of the replicas, what the sandbox and the apps saw: ${folder}`);
}

/**
 * @param {string} file none if empty
 * @param {readonly Run[]} runs
 */
async function drawTo(file, runs) {
  if (file === "") return;
  await mkdir(dirname(file), { recursive: true });
  const panels = runs.map(({ setting, result }) => ({
    title: `overflow: ${setting.overflow}`,
    result,
  }));
  await writeFile(file, drawChart(panels));
  say(`chart: ${file}`);
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
