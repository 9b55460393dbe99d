// The table, for the terminal and for the documents.
import { readFile, writeFile } from "node:fs/promises";

/**
 * @typedef {import("./row.mjs").Row} Row
 * @typedef {{ row: Pick<Row, "name" | "note">, finding: import("./findings.mjs").Finding }} Played
 * @typedef {"en" | "zh"} Language
 */

const begin = "<!-- kill-matrix:begin -->";
const end = "<!-- kill-matrix:end -->";
const heads = {
  en: ["case", "said", "not pushed", "lost", "doubled", "longest delay", ""],
  zh: ["情况", "发出", "未推送", "丢失", "重复", "最长延迟", ""],
};

/**
 * @param {readonly Played[]} played
 * @param {Language} language
 */
export function tableOf(played, language) {
  const rows = played.map(({ row, finding }) => [
    ...[row.name[language], finding.said, finding.unpushed, finding.lost, finding.doubled],
    delayOf(finding.delayMs, language),
    noteOf({ row, finding })?.[language] ?? "",
  ]);
  const rule = heads[language].map((_, column) => (column === 0 || column === 6 ? "---" : "--:"));
  return [heads[language], rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** @param {Played} played */
function noteOf({ row: { note }, finding }) {
  return typeof note === "function" ? note(finding) : note;
}

/**
 * A short time in seconds, with two digits that mean something.
 *
 * @param {number} ms
 */
export function secondsOf(ms) {
  return String(Number((ms / 1000).toPrecision(2)));
}

/**
 * @param {number} ms
 * @param {Language} language
 */
function delayOf(ms, language) {
  const unit = language === "en" ? " s" : " 秒";
  // Below a second, the machine counts more than the program.
  return ms < 1000 ? `< 1${unit}` : `${Math.round(ms / 1000)}${unit}`;
}

/**
 * Writes the table between the markers of a document.
 *
 * @param {string} file
 * @param {string} table
 */
export async function writeTable(file, table) {
  const text = await readFile(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no markers for the table`);
  await writeFile(file, `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`);
}
