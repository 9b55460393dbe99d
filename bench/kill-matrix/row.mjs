// What a row of the table is.

/**
 * @typedef {import("./findings.mjs").Finding} Finding
 * @typedef {import("./stage.mjs").Stage} Stage
 *
 * @typedef {object} Row
 * @property {{ en: string, zh: string }} name
 * @property {import("./stage.mjs").Options} [options] of the stage
 * @property {(stage: Stage) => Promise<Measured | void>} play throws if something other than the counts is wrong
 * @property {(finding: Finding) => boolean} [holds] by default: nothing lost, nothing doubled
 * @property {Note | ((finding: Finding) => Note)} [note] what the counts do not say
 *
 * @typedef {{ en: string, zh: string }} Note
 * @typedef {Pick<Finding, "deafMs">} Measured
 */

/**
 * @param {boolean} holds
 * @param {string} claim
 */
export function expect(holds, claim) {
  if (!holds) throw new Error(`it does not hold that ${claim}`);
}

/**
 * Says a message every so often.
 *
 * @param {import("./human.mjs").Human} human
 * @param {number} everyMs real time
 * @returns {() => void} stops
 */
export function speakSteadily(human, everyMs) {
  const timer = setInterval(() => human.say(), everyMs);
  return () => clearInterval(timer);
}
