// The table as text, on the terminal and between its markers in docs/internal/performance.md.
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, release } from "node:os";
import { daprdVersion } from "../../test/daprd/build.mjs";

const end = "<!-- End of what npm run bench writes. -->";

/** What the figures were measured on, as it was when the bench began. */
export function describeMachine() {
  const [cpu] = cpus();
  const [lastMinute = 0] = loadavg();
  return [
    `${cpus().length} cores (${cpu?.model.trim()})`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    `daprd ${daprdVersion()}`,
    `load of the minute before ${lastMinute.toFixed(1)}`,
  ].join(", ");
}

/**
 * @param {readonly import("./rows.mjs").Row[]} rows
 * @returns {string} a Markdown table
 */
export function formatTable(rows) {
  const lines = rows.map(
    ({ figure, ours, rival, result, aim, isMet }) =>
      `| ${figure} | ${ours} | ${rival} | ${result} | ${aim} | ${isMet === undefined ? "–" : isMet ? "yes" : "no"} |`,
  );
  return [
    "| figure | this component | rival | result | aim | met |",
    "|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/**
 * Replaces what stands between the markers; the prose around it stays.
 *
 * @param {string} file
 * @param {string} command that measures it, as the marker names it
 * @param {string} content
 */
export async function writeRegion(file, command, content) {
  const text = await readFile(file, "utf8");
  const begin = `<!-- Written by ${command}. -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < from) throw new Error(`${file} has no markers for the table`);
  await writeFile(file, `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`);
}
