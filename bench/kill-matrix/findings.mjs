// What a row found: what was lost, what was doubled, what took longest.
import { numberOf } from "./stage.mjs";

/**
 * @typedef {object} Finding
 * @property {number} said
 * @property {number} unpushed said while DingTalk had no connection: it keeps nothing for later
 * @property {number} lost pushed at least once, and never accepted by the app
 * @property {number} doubled handed over again after the app had accepted it
 * @property {number} delayMs the longest time from a human's word to the hand-over that was accepted
 * @property {number} [deafMs] the longest time from a disconnect frame to the next message
 */

/**
 * @param {import("./stage.mjs").Stage} stage
 * @returns {Promise<Finding>}
 */
export async function find(stage) {
  const findings = await Promise.all(stage.humans.map((human) => findIn(stage, human)));
  return findings.reduce((sum, one) => ({
    said: sum.said + one.said,
    unpushed: sum.unpushed + one.unpushed,
    lost: sum.lost + one.lost,
    doubled: sum.doubled + one.doubled,
    delayMs: Math.max(sum.delayMs, one.delayMs),
  }));
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("./human.mjs").Human} human
 * @returns {Promise<Finding>}
 */
async function findIn(stage, human) {
  const entries = await human.entries();
  const pushed = entries.filter(({ callback }) => (callback?.pushes.length ?? 0) > 0);
  const taken = stage.takenIn(human);
  const events = stage.app.events.filter(({ room }) => room === human.token);
  const delays = events
    .filter(({ acceptedAt }) => acceptedAt !== undefined)
    .map(({ number, at }) => at - (human.saidAt.get(number) ?? at));
  return {
    said: human.saidAt.size,
    unpushed: human.saidAt.size - pushed.length,
    lost: pushed.map(numberOf).filter((number) => !taken.has(number)).length,
    doubled: events.filter((event) => wasAccepted(event, events)).length,
    delayMs: Math.max(0, ...delays),
  };
}

/**
 * The time from a disconnect frame until a message came over another connection.
 *
 * @param {import("./human.mjs").Human} human
 * @param {{ at: number, old: string }} disconnected when, in milliseconds since 1970, and which one
 */
export async function deafnessAfter(human, { at, old }) {
  const entries = await human.entries();
  const pushes = entries.flatMap(({ callback }) => callback?.pushes ?? []);
  const times = pushes
    .filter(({ connection }) => connection !== old)
    .map(({ pushedAt }) => Date.parse(pushedAt) - at);
  return Math.min(...times.filter((ms) => ms >= 0));
}

/**
 * Whether the app had accepted the message before this event.
 *
 * @param {import("./app.mjs").AppEvent} event
 * @param {readonly import("./app.mjs").AppEvent[]} events
 */
function wasAccepted(event, events) {
  return events.some(
    ({ number, acceptedAt = Number.POSITIVE_INFINITY }) =>
      number === event.number && acceptedAt < event.at,
  );
}
