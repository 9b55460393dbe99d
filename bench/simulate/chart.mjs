// Messages per second as an SVG: what was offered, what the group shows.
import { shownIn } from "./count.mjs";

/**
 * @typedef {import("./scenario.mjs").Result} Result
 * @typedef {{ title: string, result: Result }} Panel
 * @typedef {{ label: string, color: string, perSecond: Map<number, number> }} Row
 */

const width = 760;
const left = 112;
const right = 16;
const rowHeight = 64;
const rowGap = 26;
const titleHeight = 34;
const axisHeight = 40;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600; font-size: 14px; fill: #24292f }
  .axis { stroke: #8c959f }
  .grid { stroke: #d0d7de }
  .offered { stroke: #0969da }
  .delivered { stroke: #1a7f37 }
  .killed { stroke: #cf222e; stroke-dasharray: 3 3 }
  .killed-label { fill: #cf222e }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .title { fill: #f0f6fc }
    .axis { stroke: #656c76 }
    .grid { stroke: #3d444d }
    .offered { stroke: #58a6ff }
    .delivered { stroke: #3fb950 }
    .killed { stroke: #ff7b72 }
    .killed-label { fill: #ff7b72 }
  }
`;

/**
 * @param {readonly Panel[]} panels
 * @returns {string}
 */
export function drawChart(panels) {
  const panelHeight = titleHeight + 2 * rowHeight + rowGap + axisHeight;
  const height = panels.length * panelHeight + 8;
  const drawn = panels.map((panel, index) => drawPanel(panel, index * panelHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>Messages per simulated second</title><style>${style}</style>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

/**
 * @param {Panel} panel
 * @param {number} top
 */
function drawPanel({ title, result }, top) {
  const { offers, entries, startAt, killed, counts } = result;
  const seconds = Math.ceil(counts.lastAfterMs / 1000) + 2;
  const second = (/** @type {number} */ time) => Math.floor((time - startAt) / 1000);
  const x = (/** @type {number} */ at) => round(left + (at / seconds) * (width - left - right));
  const offered = tally(offers.map(({ offeredAt }) => second(offeredAt)));
  const delivered = tally(shownIn(entries).map(({ at }) => second(at)));
  const firstBase = top + titleHeight + rowHeight;
  const secondBase = firstBase + rowGap + rowHeight;
  return [
    text({ x: 0, y: top + 18, className: "title" }, title),
    drawRow({ label: "offered", color: "offered", perSecond: offered }, firstBase, x),
    drawRow({ label: "delivered", color: "delivered", perSecond: delivered }, secondBase, x),
    drawTimes(seconds, secondBase, x),
    killed ? drawKill(x((killed.at - startAt) / 1000), top, secondBase) : "",
  ].join("\n");
}

/**
 * @param {Row} row
 * @param {number} base
 * @param {(second: number) => number} x
 */
function drawRow({ label, color, perSecond }, base, x) {
  const most = Math.max(1, ...perSecond.values());
  const strokeWidth = round(Math.max(1, (x(1) - x(0)) * 0.8));
  const bars = [...perSecond]
    .sort(([one], [other]) => one - other)
    .map(([second, n]) => `M${x(second + 0.5)} ${base}v${round((-rowHeight * n) / most)}`);
  return [
    text({ x: 0, y: base - rowHeight / 2 }, label),
    text({ x: 0, y: base - rowHeight / 2 + 15 }, "per second"),
    text({ x: left - 8, y: base - rowHeight + 9, anchor: "end" }, String(most)),
    text({ x: left - 8, y: base, anchor: "end" }, "0"),
    line("grid", { x1: left, y1: base - rowHeight, x2: width - right, y2: base - rowHeight }),
    line("axis", { x1: left, y1: base, x2: width - right, y2: base }),
    `<path class="${color}" fill="none" stroke-width="${strokeWidth}" d="${bars.join("")}"/>`,
  ].join("\n");
}

/**
 * @param {number} seconds
 * @param {number} base
 * @param {(second: number) => number} x
 */
function drawTimes(seconds, base, x) {
  const steps = [10, 20, 60, 120, 300, 600, 1200];
  const step = steps.find((each) => seconds / each <= 8) ?? 1800;
  const isInMinutes = step >= 60;
  const ticks = [];
  for (let at = 0; at <= seconds; at += step) {
    const label = isInMinutes ? `${at / 60} min` : `${at} s`;
    ticks.push(line("axis", { x1: x(at), y1: base, x2: x(at), y2: base + 4 }));
    ticks.push(text({ x: x(at), y: base + 18, anchor: "middle" }, label));
  }
  return ticks.join("\n");
}

/**
 * @param {number} x
 * @param {number} top
 * @param {number} base
 */
function drawKill(x, top, base) {
  const y1 = top + titleHeight - 8;
  return [
    line("killed", { x1: x, y1, x2: x, y2: base }),
    text({ x: x + 4, y: y1 + 4, className: "killed-label" }, "one process killed"),
  ].join("\n");
}

/** @param {readonly number[]} seconds */
function tally(seconds) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const second of seconds) counts.set(second, (counts.get(second) ?? 0) + 1);
  return counts;
}

/**
 * @param {{ x: number, y: number, anchor?: "middle" | "end", className?: string }} place
 * @param {string} content
 */
function text({ x, y, anchor, className }, content) {
  const anchored = anchor ? ` text-anchor="${anchor}"` : "";
  const classed = className ? ` class="${className}"` : "";
  return `<text x="${x}" y="${y}"${anchored}${classed}>${content}</text>`;
}

/**
 * @param {string} className
 * @param {{ x1: number, y1: number, x2: number, y2: number }} ends
 */
function line(className, { x1, y1, x2, y2 }) {
  return `<path class="${className}" d="M${x1} ${y1}L${x2} ${y2}"/>`;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
