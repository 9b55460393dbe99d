// The table: each figure beside its rival's and the aim.
import { settingName, summarize } from "./rounds.mjs";
import { median } from "./statistics.mjs";
import { mb, megabytes, ms, whole } from "./units.mjs";

/**
 * @typedef {import("./rounds.mjs").Rounds} Rounds
 *
 * @typedef {object} Row
 * @property {string} figure
 * @property {string} ours
 * @property {string} rival with its name
 * @property {string} result what the aim is about
 * @property {string} aim
 * @property {boolean | undefined} isMet undefined where there is no aim
 */

/**
 * @param {Map<string, Rounds>} results
 * @returns {Row[]}
 */
export function loadRows(results) {
  const of = (/** @type {"https" | "http"} */ scheme, /** @type {number} */ callers) =>
    results.get(settingName({ scheme, callers })) ?? [];
  const one = summarize(of("https", 1), "p50Ms");
  const sidecar = summarize(of("https", 64), "sidecarCpuUs");
  const system = summarize(of("https", 64), "systemCpuUs");
  const opened = summarize(of("https", 64), "connectionsPerThousand");
  return [
    rateRow("Sends per second over HTTPS, 64 callers", of("https", 64), 2.4),
    rateRow("Sends per second over HTTPS, 16 callers", of("https", 16), 1.9),
    p99Row("p99 over HTTPS, 64 callers", of("https", 64), 0.8),
    rateRow("Sends per second over plain HTTP, 64 callers", of("http", 64), 0.9),
    {
      figure: "One caller over HTTPS, median",
      ours: ms(one.ours),
      rival: `built-in ${ms(one.builtIn)}`,
      result: `+ ${ms(one.added)}`,
      aim: "≤ 0.33 ms more",
      isMet: one.added <= 0.33,
    },
    cpuRow("CPU time per message, 64 callers: daprd and component", sidecar),
    cpuRow("CPU time per message, 64 callers: with the robot", system),
    {
      figure: "TLS connections opened for 1,000 messages, 64 callers",
      ours: whole(opened.ours),
      rival: `built-in ${whole(opened.builtIn)}`,
      result: whole(opened.ours),
      aim: "–",
      isMet: undefined,
    },
  ];
}

/**
 * @param {string} figure
 * @param {Rounds} rounds
 * @param {number} least
 * @returns {Row}
 */
function rateRow(figure, rounds, least) {
  const { ours, builtIn, ratio } = summarize(rounds, "perSecond");
  return {
    figure,
    ours: `${whole(ours)}/s`,
    rival: `built-in ${whole(builtIn)}/s`,
    result: `${ratio.toFixed(2)} ×`,
    aim: `≥ ${least} ×`,
    isMet: ratio >= least,
  };
}

/**
 * @param {string} figure
 * @param {Rounds} rounds
 * @param {number} most
 * @returns {Row}
 */
function p99Row(figure, rounds, most) {
  const { ours, builtIn, ratio } = summarize(rounds, "p99Ms");
  return {
    figure,
    ours: ms(ours),
    rival: `built-in ${ms(builtIn)}`,
    result: `${ratio.toFixed(2)} ×`,
    aim: `≤ ${most} ×`,
    isMet: ratio <= most,
  };
}

/**
 * @param {string} figure
 * @param {ReturnType<typeof summarize>} summary
 * @returns {Row}
 */
function cpuRow(figure, { ours, builtIn, ratio }) {
  return {
    figure,
    ours: `${whole(ours)} µs`,
    rival: `built-in ${whole(builtIn)} µs`,
    result: `${ratio.toFixed(2)} ×`,
    aim: "–",
    isMet: undefined,
  };
}

/**
 * @param {{ ours: number[], bare: number[] }} starts milliseconds
 * @returns {Row}
 */
export function startRow({ ours, bare }) {
  const ratio = median(ours.map((time, index) => time / (bare[index] ?? Number.NaN)));
  return {
    figure: "Start to first socket answering",
    ours: `${whole(median(ours))} ms`,
    rival: `\`node -e 0\` ${whole(median(bare))} ms`,
    result: `${ratio.toFixed(2)} ×`,
    aim: "≤ 3.0 ×",
    isMet: ratio <= 3,
  };
}

/**
 * @param {{ ours: number[], bare: number[] }} idle KiB
 * @returns {Row}
 */
export function idleRow({ ours, bare }) {
  const added = median(ours) - median(bare);
  return {
    figure: "Resident memory, idle",
    ours: mb(median(ours)),
    rival: `idle node ${mb(median(bare))}`,
    result: `+ ${mb(added)}`,
    aim: "≤ 22 MB more",
    isMet: megabytes(added) <= 22,
  };
}

/**
 * @param {Awaited<ReturnType<typeof import("./memory.mjs").measureManySends>>} many
 * @returns {Row[]}
 */
export function manySendsRows({ idleKib, afterKib, samples }) {
  const sends = samples.at(-1)?.sent ?? 0;
  const resident = samples.map(({ residentKib }) => residentKib);
  const half = Math.floor(resident.length / 2);
  const middle = Math.floor((half + resident.length) / 2);
  const [third, last] = [resident.slice(half, middle), resident.slice(middle)].map(median);
  const growth = (last ?? Number.NaN) - (third ?? Number.NaN);
  return [
    {
      figure: `Resident memory, idle again after ${whole(sends)} sends`,
      ours: mb(afterKib),
      rival: `our own idle ${mb(idleKib)}`,
      result: `+ ${mb(afterKib - idleKib)}`,
      aim: "≤ 40 MB more",
      isMet: megabytes(afterKib - idleKib) <= 40,
    },
    {
      figure: "The same while it sends, last quarter of the sends",
      ours: mb(last ?? Number.NaN),
      rival: `the quarter before ${mb(third ?? Number.NaN)}`,
      result: `${growth < 0 ? "−" : "+"} ${mb(Math.abs(growth))}`,
      aim: "flat (≤ 2 MB more)",
      isMet: megabytes(growth) <= 2,
    },
  ];
}

/**
 * @param {number} kib
 * @returns {Row}
 */
export function instanceRow(kib) {
  return {
    figure: "Each further component instance (Init in and out)",
    ours: `${kib.toFixed(1)} KB`,
    rival: "–",
    result: `${kib.toFixed(1)} KB`,
    aim: "≤ 30 KB",
    isMet: kib <= 30,
  };
}
