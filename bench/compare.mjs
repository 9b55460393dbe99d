// What the component costs beside the binding that is built into daprd, on the image's Node or, with
// --node this, on the one that runs this. Prints a table; a whole run writes it, with a chart, into
// docs/.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureProgram } from "../scripts/install-package.mjs";
import { drawChart } from "./compare/chart.mjs";
import { stopChild } from "./compare/children.mjs";
import { measureFormer } from "./compare/former.mjs";
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
  formerRows,
  idleRows,
  instanceRow,
  loadRows,
  manySendsRows,
  queueRows,
  receivingRows,
  redisRows,
  reloadRows,
  scaleRows,
  startRow,
  streamMemoryRow,
} from "./compare/rows.mjs";
import { measureReloads, measureScale, replicaCounts } from "./compare/scale.mjs";
import { compileAsInImage, startStage } from "./compare/stage.mjs";
import { measureStarts } from "./compare/start-times.mjs";
import { measureStreamMemory } from "./compare/stream-memory.mjs";
import { megabytes } from "./compare/units.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    sends: { type: "string", default: "1000000" },
    events: { type: "string", default: "100000" },
    components: { type: "string", default: "10000" },
    reloads: { type: "string", default: "3600" },
    strict: { type: "boolean", default: false },
    only: { type: "string" },
    former: { type: "string" },
    waiting: { type: "string" },
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
  queue: async () => {
    const waiting = options.waiting === undefined ? undefined : Number(options.waiting);
    return queueRows(await measureQueue(waiting, { rounds, tell }));
  },
  idle: async (folder) => idleRows(await measureIdle(folder, rounds)),
  receiving: async (folder) =>
    receivingRows(await measureReceiving(folder, { rounds, seconds: shortSeconds, events, tell })),
  scale: measureGrowth,
  stream: async (folder) => [streamMemoryRow(await measureStreamMemory(folder, rounds))],
  many: async (folder) =>
    manySendsRows(
      await measureManySends(folder, { sends: Number(options.sends), seconds: 10, tell }),
    ),
  instances: async (folder) => [instanceRow(await measureInstances(folder, 1000))],
  ...compareWith(options.former),
};

/** By the name of the file. @type {Map<string, string>} */
const charts = new Map();
let isMissed = false;
const only = options.former === undefined ? options.only : "former";
const chosen = only === undefined ? Object.keys(parts) : [only];
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
  if (only === undefined) {
    const table = `${facts}\n\n${formatTable(rows)}`;
    const command = options.node === "image" ? "npm run bench" : "npm run bench -- --node this";
    await writeRegion(join(docs, "internal/performance.md"), command, table);
    for (const [name, chart] of options.node === "image" ? charts : []) {
      await writeFile(join(docs, "images", name), chart);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(isMissed && options.strict ? 1 : 0);

/**
 * @param {string | undefined} build another build of the component, a folder with a `dist/`
 * @returns {typeof parts}
 */
function compareWith(build) {
  if (build === undefined) return {};
  const settings = { build: resolve(build), rounds, seconds, tell };
  return { former: async (own) => formerRows(await measureFormer(own, settings)) };
}

/**
 * @param {string} folder
 * @returns {Promise<Row[]>}
 */
async function measureLoad(folder) {
  const { robot, ours, startBuiltIn } = await startStage(join(folder, "load"));
  const builtIn = await startBuiltIn();
  const stage = { robot, sides: { ours, rival: builtIn } };
  const results = await runRounds(stage, { settings: loadSettings, rounds, seconds, tell });
  const lineOf = (
    /** @type {"ours" | "rival"} */ side,
    /** @type {"p50Ms" | "p99Ms"} */ figure,
  ) => ({
    name: `${side === "ours" ? "this component" : "built-in"}, ${figure.slice(0, 3)}`,
    className: side,
    isDashed: figure === "p99Ms",
    points: callerCounts.map((x) => {
      const of = results.get(settingName({ scheme: "https", callers: x })) ?? [];
      return { x, y: summarize(of, figure)[side] };
    }),
  });
  charts.set(
    "latency.svg",
    drawChart({
      name: "Latency through daprd against callers",
      title: "Latency of one message through daprd over HTTPS, milliseconds",
      xTitle: "callers at once",
      lines: [
        lineOf("ours", "p50Ms"),
        lineOf("ours", "p99Ms"),
        lineOf("rival", "p50Ms"),
        lineOf("rival", "p99Ms"),
      ],
    }),
  );
  const processes = [ours, builtIn].flatMap((side) => side.processes);
  for (const child of [...processes, robot.process]) await stopChild(child);
  return loadRows(results);
}

/**
 * @param {string} folder
 * @returns {Promise<Row[]>}
 */
async function measureGrowth(folder) {
  const figures = await measureScale(folder, { most: Number(options.components), tell });
  const lineOf = (/** @type {number} */ replicas, /** @type {"µs" | "MB"} */ unit) => ({
    name: `${unit}, ${replicas} replica${replicas === 1 ? "" : "s"}`,
    className: /** @type {"ours" | "rival"} */ (unit === "µs" ? "ours" : "rival"),
    isDashed: replicas > 1,
    points: figures
      .filter((figure) => figure.replicas === replicas)
      .map(({ components: x, messageUs, residentKib }) => {
        return { x, y: unit === "µs" ? messageUs : megabytes(residentKib) };
      }),
  });
  charts.set(
    "scale.svg",
    drawChart({
      name: "Cost of a message and memory against components",
      title: "CPU time for a message (µs) and memory of a replica (MB), with one Redis",
      xTitle: "components of a replica, each with a robot of its own",
      lines: replicaCounts.flatMap((count) => [lineOf(count, "µs"), lineOf(count, "MB")]),
    }),
  );
  return [...scaleRows(figures), ...reloadRows(await measureReloads(Number(options.reloads)))];
}

/** @param {string} text */
function tell(text) {
  process.stderr.write(`${text}\n`);
}
