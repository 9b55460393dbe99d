// Kills, cuts and refuses everything between a human who writes to a robot and the app that hears it:
// what is lost, what is doubled, what takes long? Prints a table and writes it into docs/receiving.md.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureProgram } from "../scripts/install-package.mjs";
import { appRows } from "./kill-matrix/app-rows.mjs";
import { connectionRows } from "./kill-matrix/connection-rows.mjs";
import { find } from "./kill-matrix/findings.mjs";
import { foreignRows, playForeign } from "./kill-matrix/foreign-clients.mjs";
import { processRows } from "./kill-matrix/process-rows.mjs";
import { tableOf, writeTable } from "./kill-matrix/report.mjs";
import { Stage } from "./kill-matrix/stage.mjs";

/**
 * @typedef {import("./kill-matrix/row.mjs").Row} Row
 * @typedef {import("./kill-matrix/report.mjs").Played} Played
 */

const help = `Usage: npm run kill-matrix -- [options]

  --only TEXT   rows whose name holds this (all; only all rows are written into the documents)
  --dry         writes nothing into the documents
`;
const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    dry: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const documents = { en: "receiving.md", zh: "receiving.zh-CN.md" };

for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
if (values.help) say(help.trimEnd());
else process.exit(await run());

async function run() {
  ensureProgram("redis-server", ["redis-server"]);
  const rows = [...connectionRows, ...appRows, ...processRows];
  const chosen = rows.filter(({ name }) => name.en.includes(values.only));
  /** @type {Played[]} */
  const played = [];
  let broken = 0;
  for (const row of chosen) {
    const startedAt = performance.now();
    const problem = await play(row, played).catch((/** @type {Error} */ error) => error.message);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(`${problem === undefined ? "holds " : "BROKEN"} ${seconds.padStart(5)} s  ${row.name.en}`);
    if (problem === undefined) continue;
    say(problem);
    broken += 1;
  }
  const foreign = foreignRows.filter(({ name }) => name.en.includes(values.only));
  // Both wait most of the time, so they wait together.
  played.push(...(await Promise.all(foreign.map(playForeign))));
  say(`\n${tableOf(played, "en")}`);
  if (broken > 0) return 1;
  if (values.only === "" && !values.dry) await writeDocuments(played);
  return 0;
}

/**
 * @param {Row} row
 * @param {Played[]} played
 * @returns {Promise<string | undefined>} what does not hold
 */
async function play(row, played) {
  const stage = new Stage();
  try {
    await stage.open(row.options ?? {});
    const measured = await row.play(stage);
    const finding = { ...(await find(stage)), ...measured };
    played.push({ row, finding });
    const { holds = ({ lost, doubled }) => lost === 0 && doubled === 0 } = row;
    return holds(finding) ? undefined : JSON.stringify(finding);
  } catch (error) {
    for (const output of stage.output()) say(output.slice(-5000));
    throw error;
  } finally {
    await stage.close();
  }
}

/** @param {readonly Played[]} played */
async function writeDocuments(played) {
  for (const language of /** @type {const} */ (["en", "zh"])) {
    await writeTable(join(docs, documents[language]), tableOf(played, language));
  }
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
