// What Linux knows of a process.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/**
 * Resident memory in KiB.
 *
 * @param {number | undefined} pid
 */
export function residentKib(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

/**
 * Memory that no other process shares (USS), in KiB. Pages of Node's program file are shared as long
 * as another Node runs, as on a machine with several containers of one image.
 *
 * @param {number | undefined} pid
 */
export function unsharedKib(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kib = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1]);
  return kib("Private_Clean") + kib("Private_Dirty");
}

/**
 * CPU time since its start, user's and system's, in milliseconds.
 *
 * @param {number | undefined} pid
 */
export function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold spaces; utime and stime are the fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
}

/**
 * @param {number | undefined} pid
 * @returns {number[]} the processes that it started
 */
export function childrenOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number);
}
