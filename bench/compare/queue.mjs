// What a call that waits costs, however many wait. Each size has a process of its own, whose heap
// holds nothing of another size.
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startChild } from "./children.mjs";
import { median } from "./statistics.mjs";

/**
 * @typedef {object} QueueFigure microseconds for a call
 * @property {number} admitUs of one more call that waits
 * @property {number} serveUs of a call that gets its slot
 * @property {number} abortUs of a caller in the middle who goes away
 * @property {number} endUs of a call that is refused at shutdown
 * @property {number} longestStepMs of the event loop during the shutdown
 *
 * @typedef {Map<number, QueueFigure>} QueueFigures by the number of calls that wait
 */

const program = fileURLToPath(new URL("queue-process.mjs", import.meta.url));
/** The largest `maxQueue`, 9,999,999, is ten times as much: its calls need more than 23 GB. */
const sizes = [1000, 4000, 16_000, 32_000, 100_000, 1_000_000];

/**
 * @param {number | undefined} waiting one more number of calls that wait
 * @param {{ rounds: number, tell: (text: string) => void }} options
 * @returns {Promise<QueueFigures>}
 */
export async function measureQueue(waiting, { rounds, tell }) {
  /** @type {QueueFigures} */
  const figures = new Map();
  for (const size of waiting === undefined ? sizes : [...sizes, waiting]) {
    /** @type {QueueFigure[]} */
    const found = [];
    const times = size > 100_000 ? 1 : rounds;
    for (let round = 0; round < times; round += 1) found.push(await measure(size));
    const middle = (/** @type {keyof QueueFigure} */ name) => median(found.map((one) => one[name]));
    figures.set(size, {
      admitUs: middle("admitUs"),
      serveUs: middle("serveUs"),
      abortUs: middle("abortUs"),
      endUs: middle("endUs"),
      longestStepMs: middle("longestStepMs"),
    });
    tell(`${size} calls wait: ${JSON.stringify(figures.get(size))}`);
  }
  return figures;
}

/**
 * @param {number} size
 * @returns {Promise<QueueFigure>}
 */
async function measure(size) {
  const flags = ["--expose-gc", `--max-old-space-size=${Math.max(8192, Math.ceil(size / 200))}`];
  const child = startChild(process.execPath, [...flags, program, `${size}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("the process has no output");
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`the queue of ${size} calls ended with ${code}`);
  return JSON.parse(output);
}
