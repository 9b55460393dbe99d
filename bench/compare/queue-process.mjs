// One queue of the built component with as many waiting calls as the argument says.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { built } from "../simulate/built.mjs";
import { median } from "./statistics.mjs";

const { SlotQueue } = /** @type {typeof import("../../src/delivery/queue.ts")} */ (
  await built("src/delivery/queue")
);
const { LocalLedger } = /** @type {typeof import("../../src/delivery/ledger.ts")} */ (
  await built("src/delivery/ledger")
);
const { systemClock } = /** @type {typeof import("../../src/base/clock.ts")} */ (
  await built("src/base/clock")
);

const { noWatch } = /** @type {typeof import("../../src/telemetry/watch.ts")} */ (
  await built("src/telemetry/watch")
);

const size = Number(process.argv[2]);
/** Calls of one batch, of which as many go together as one turn of the event loop brings. */
const [batch, perTurn] = [500, 50];
const batches = 15;
/** Longer than the process runs, so that slots come free only when the clock is moved. */
const windowMs = 600_000;
const limit = 20;
let movedMs = 0;
const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + movedMs };
const ledger = new LocalLedger(clock, { windowMs, underWayMs: 0 });
const queue = new SlotQueue(ledger, { clock, windowMs });
const options = {
  ...{ messagesPerMinute: limit, maxWaitMs: 1e13, maxQueue: 9_999_999, responseTimeoutMs: 30_000 },
  ...{ retries: 2, deduplicateForMs: 600_000, ttlMs: undefined },
  ...{ overflow: /** @type {const} */ ("wait"), oversize: /** @type {const} */ ("reject") },
};
const terms = {
  watch: noWatch,
  options,
  deadlineAt: Number.POSITIVE_INFINITY,
  expiresAt: Number.POSITIVE_INFINITY,
};
const ended = { served: 0, refused: 0 };

/** @param {AbortSignal} signal */
function wait(signal) {
  queue.acquire(terms, { count: 1, overflow: "wait", signal }).then(
    (slots) => {
      for (const slot of slots) slot.used();
      ended.served += 1;
    },
    () => {
      ended.refused += 1;
    },
  );
}

/** @param {number} count */
function createCallers(count) {
  const callers = Array.from({ length: count }, () => new AbortController());
  // The signal is made when it is read first, and is none of the queue's work.
  for (const { signal } of callers) void signal;
  return callers;
}

/**
 * @param {readonly AbortController[]} callers
 * @param {(caller: AbortController) => void} act
 * @returns {Promise<number>} microseconds of processor time for each
 */
async function each(callers, act) {
  const before = process.cpuUsage();
  for (const [index, caller] of callers.entries()) {
    act(caller);
    if (index % perTurn === perTurn - 1) await setImmediate();
  }
  await setImmediate();
  return usedUs(before) / callers.length;
}

/** @param {NodeJS.CpuUsage} since */
function usedUs(since) {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

/** @param {() => boolean} condition */
async function until(condition) {
  while (!condition()) await setImmediate();
}

// The slots are used up, then the queue is filled, which also compiles the code.
await each(createCallers(limit), ({ signal }) => wait(signal));
const crowd = createCallers(size);
await each(crowd, ({ signal }) => wait(signal));
if (queue.length !== size) throw new Error(`${queue.length} calls wait`);
globalThis.gc?.();

/** @type {Record<"admitUs" | "abortUs" | "serveUs", number[]>} */
const found = { admitUs: [], abortUs: [], serveUs: [] };
for (let index = 0; index < batches; index += 1) {
  const more = createCallers(batch);
  found.admitUs.push(await each(more, ({ signal }) => wait(signal)));
  const from = Math.floor(size / 2) + (index * batch) / 50;
  found.abortUs.push(await each(crowd.slice(from, from + batch / 25), (one) => one.abort("gone")));
  movedMs += 2 * windowMs;
  const servedBefore = ended.served;
  const before = process.cpuUsage();
  await queue.report("open");
  await until(() => ended.served === servedBefore + limit);
  found.serveUs.push(usedUs(before) / limit);
}
globalThis.gc?.();

const delay = monitorEventLoopDelay({ resolution: 1 });
await sleep(20);
delay.enable();
await sleep(5);
const left = queue.length;
const refusedBefore = ended.refused;
const beforeEnd = process.cpuUsage();
queue.shutDown();
await until(() => ended.refused === refusedBefore + left);
const endUs = usedUs(beforeEnd) / left;
await sleep(5);
delay.disable();
const middles = Object.entries(found).map(([name, values]) => [name, median(values)]);
const figures = { ...Object.fromEntries(middles), endUs, longestStepMs: delay.max / 1e6 };
process.stdout.write(JSON.stringify(figures));
process.exit();
