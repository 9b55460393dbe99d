// Both rivals in turn, in the other order every round, so that what the machine does besides hits
// both.
import { sendLoad } from "./load.mjs";
import { median } from "./statistics.mjs";

/**
 * @typedef {import("./load.mjs").Load} Load
 * @typedef {import("./stage.mjs").Side} Side
 * @typedef {"ours" | "rival"} SideName
 * @typedef {{ scheme: import("./robot.mjs").Scheme, callers: number }} Setting
 * @typedef {Record<SideName, Load>[]} Rounds of one setting
 * @typedef {Exclude<keyof Load, "sent">} Figure
 */

/** Callers of the chart. */
export const callerCounts = [1, 4, 16, 64];

/** @type {readonly Setting[]} */
export const loadSettings = [
  ...callerCounts.map((callers) => ({ scheme: /** @type {const} */ ("https"), callers })),
  { scheme: "http", callers: 64 },
];

/** @param {Setting} setting */
export function settingName({ scheme, callers }) {
  return `${scheme} ${callers}`;
}

/**
 * @param {{ robot: import("./robot.mjs").Robot, sides: Record<SideName, Side> }} stage
 * @param {{ settings: readonly Setting[], rounds: number, seconds: number, tell: (text: string) => void }} options
 * @returns {Promise<Map<string, Rounds>>} by name of setting
 */
export async function runRounds({ robot, sides }, { settings, rounds, seconds, tell }) {
  const results = new Map(
    settings.map((setting) => [settingName(setting), /** @type {Rounds} */ ([])]),
  );
  for (let round = -1; round < rounds; round += 1) {
    for (const { scheme, callers } of settings) {
      const options = { robot, scheme, callers, seconds };
      const first = round % 2 === 0 ? "ours" : "rival";
      const second = first === "ours" ? "rival" : "ours";
      const one = await sendLoad(sides[first], options);
      const other = await sendLoad(sides[second], options);
      const both = /** @type {Record<SideName, Load>} */ ({ [first]: one, [second]: other });
      const { ours, rival } = both;
      tell(
        `${round < 0 ? "warming up" : `round ${round + 1}`}, ${scheme}, ${callers} callers: ` +
          `${Math.round(ours.perSecond)}/s against ${Math.round(rival.perSecond)}/s`,
      );
      if (round >= 0) results.get(settingName({ scheme, callers }))?.push(both);
    }
  }
  return results;
}

/**
 * The middle of each side's figures, and of what they are to each other within a round.
 *
 * @param {Rounds} rounds
 * @param {Figure} figure
 */
export function summarize(rounds, figure) {
  return {
    ours: median(rounds.map(({ ours }) => ours[figure])),
    rival: median(rounds.map(({ rival }) => rival[figure])),
    ratio: median(rounds.map(({ ours, rival }) => ours[figure] / rival[figure])),
    added: median(rounds.map(({ ours, rival }) => ours[figure] - rival[figure])),
  };
}
