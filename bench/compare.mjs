// What the component costs beside the binding that is built into daprd, on the image's Node or, with
// --node this, on the one that runs this. Prints a table; a whole run writes it, with a chart, into
// docs/.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureProgram } from "../scripts/install-package.mjs";
import { drawLatency } from "./compare/chart.mjs";
import { stopChild } from "./compare/children.mjs";
import { isImageNode, runOnImageNode } from "./compare/image-node.mjs";
import { measureIdle, measureInstances, measureManySends } from "./compare/memory.mjs";
import { measureQueue } from "./compare/queue.mjs";
import { measureReceiving } from "./compare/receiving.mjs";
import { measureRedis } from "./compare/redis-load.mjs";
import { describeMachine, formatTable, writeRegion } from "./compare/report.mjs";
import {
  callerCounts,
  loadSettings,
  runRounds,
  settingName,
  summarize,
} from "./compare/rounds.mjs";
import {
  idleRows,
  instanceRow,
  loadRows,
  manySendsRows,
  queueRows,
  receivingRows,
  redisRows,
  startRow,
  streamMemoryRow,
} from "./compare/rows.mjs";
import { compileAsInImage, startStage } from "./compare/stage.mjs";
import { measureStarts } from "./compare/start-times.mjs";
import { measureStreamMemory } from "./compare/stream-memory.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    sends: { type: "string", default: "1000000" },
    events: { type: "string", default: "100000" },
    strict: { type: "boolean", default: false },
    only: { type: "string" },
    node: { type: "string", default: "image" },
  },
});
if (!["image", "this"].includes(options.node)) throw new Error("--node is image or this");
if (options.node === "image" && !isImageNode()) process.exit(runOnImageNode());
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
/** For figures that differ little from run to run, so that a whole run stays short. */
const shortSeconds = Math.min(seconds, 3);
const events = Number(options.events);
const docs = fileURLToPath(new URL("../docs/", import.meta.url));

/** @typedef {import("./compare/rows.mjs").Row} Row */

/** @type {Record<string, (folder: string) => Promise<Row[]>>} */
const parts = {
  load: measureLoad,
  start: async (folder) => [startRow(await measureStarts(folder, 3 * rounds))],
  redis: async (folder) =>
    redisRows(await measureRedis(folder, { rounds, seconds: shortSeconds, tell })),
  queue: async () => queueRows(await measureQueue(rounds, tell)),
  idle: async (folder) => idleRows(await measureIdle(folder, rounds)),
  receiving: async (folder) =>
    receivingRows(await measureReceiving(folder, { rounds, seconds: shortSeconds, events, tell })),
  stream: async (folder) => [streamMemoryRow(await measureStreamMemory(folder, rounds))],
  many: async (folder) =>
    manySendsRows(
      await measureManySends(folder, { sends: Number(options.sends), seconds: 10, tell }),
    ),
  instances: async (folder) => [instanceRow(await measureInstances(folder, 1000))],
};

let chart = "";
let isMissed = false;
const chosen = options.only === undefined ? Object.keys(parts) : [options.only];
const folder = await mkdtemp(join(tmpdir(), "dingtalk-bench-"));
try {
  ensureProgram("wrk", ["wrk"]);
  ensureProgram("nginx", ["nginx-light"]);
  ensureProgram("redis-server", ["redis-server"]);
  await compileAsInImage(folder);
  const machine = describeMachine();
  /** @type {Row[]} */
  const rows = [];
  for (const name of chosen) {
    const measure = parts[name];
    if (measure === undefined) throw new Error(`--only is one of ${Object.keys(parts).join(", ")}`);
    tell(`measuring ${name}`);
    const found = await measure(folder);
    tell(formatTable(found));
    rows.push(...found);
  }
  isMissed = rows.some(({ isMet }) => isMet === false);
  const facts = `${machine}; medians of ${rounds} rounds of ${seconds} s.`;
  process.stdout.write(`${facts}\n\n${formatTable(rows)}\n`);
  if (options.only === undefined) {
    const table = `${facts}\n\n${formatTable(rows)}`;
    const command = options.node === "image" ? "npm run bench" : "npm run bench -- --node this";
    await writeRegion(join(docs, "internal/performance.md"), command, table);
    if (options.node === "image") await writeFile(join(docs, "images/latency.svg"), chart);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(isMissed && options.strict ? 1 : 0);

/**
 * @param {string} folder
 * @returns {Promise<Row[]>}
 */
async function measureLoad(folder) {
  const { robot, ours, startBuiltIn } = await startStage(join(folder, "load"));
  const builtIn = await startBuiltIn();
  const stage = { robot, sides: { ours, rival: builtIn } };
  const results = await runRounds(stage, { settings: loadSettings, rounds, seconds, tell });
  const pointsOf = (/** @type {"ours" | "rival"} */ side) =>
    callerCounts.map((callers) => {
      const of = results.get(settingName({ scheme: "https", callers })) ?? [];
      const [p50Ms, p99Ms] = [summarize(of, "p50Ms")[side], summarize(of, "p99Ms")[side]];
      return { callers, p50Ms, p99Ms };
    });
  chart = drawLatency([
    { name: "this component", className: "ours", points: pointsOf("ours") },
    { name: "built-in", className: "rival", points: pointsOf("rival") },
  ]);
  const processes = [ours, builtIn].flatMap((side) => side.processes);
  for (const child of [...processes, robot.process]) await stopChild(child);
  return loadRows(results);
}

/** @param {string} text */
function tell(text) {
  process.stderr.write(`${text}\n`);
}
