// Another build of the component beside this one, such as that of the last release: whether something
// became slower or larger.
import { join } from "node:path";
import { stopChild } from "./children.mjs";
import { measureIdle } from "./memory.mjs";
import { runRounds } from "./rounds.mjs";
import { compileAsInImage, serveArgsOf, startStage } from "./stage.mjs";
import { timeComponent } from "./start-times.mjs";

/**
 * @typedef {import("./rounds.mjs").Setting} Setting
 * @typedef {import("./rounds.mjs").Rounds} Rounds
 *
 * @typedef {object} Former
 * @property {Map<string, Rounds>} loads by name of setting; the rival is the other build
 * @property {Record<"ours" | "rival", number[]>} starts in milliseconds
 * @property {Record<"ours" | "rival", number[]>} unshared memory at rest, in KiB
 */

/** @type {readonly Setting[]} */
const settings = [
  { scheme: "https", callers: 64 },
  { scheme: "https", callers: 16 },
  { scheme: "https", callers: 1 },
  { scheme: "http", callers: 64 },
];

/**
 * @param {string} folder
 * @param {{ build: string, rounds: number, seconds: number, tell: (text: string) => void }} options
 *   `build` is a folder with a `dist/`
 * @returns {Promise<Former>}
 */
export async function measureFormer(folder, { build, rounds, seconds, tell }) {
  const args = serveArgsOf(join(build, "dist/main.js"));
  await compileAsInImage(folder, args);
  const { robot, ours, startOther } = await startStage(join(folder, "former"));
  const rival = await startOther(args);
  const stage = { robot, sides: { ours, rival } };
  const loads = await runRounds(stage, { settings, rounds, seconds, tell });
  const processes = [ours, rival].flatMap((side) => side.processes);
  for (const child of [...processes, robot.process]) await stopChild(child);
  /** @type {Former} */
  const former = { loads, starts: { ours: [], rival: [] }, unshared: { ours: [], rival: [] } };
  for (let round = 0; round < 3 * rounds; round += 1) {
    former.starts.ours.push(await timeComponent(join(folder, `start-${round}-ours`)));
    former.starts.rival.push(await timeComponent(join(folder, `start-${round}-rival`), args));
  }
  for (let round = 0; round < rounds; round += 1) {
    const own = await measureIdle(join(folder, `${round}-ours`), 1);
    const other = await measureIdle(join(folder, `${round}-rival`), 1, args);
    former.unshared.ours.push(...own.ours.unshared);
    former.unshared.rival.push(...other.ours.unshared);
  }
  return former;
}
