// The apps and their daprd: every call is repeated blindly, whatever the error.
import { sleep } from "./clock.mjs";

/**
 * @typedef {import("./sidecar.mjs").Sidecar} Sidecar
 * @typedef {import("./sidecar.mjs").Call} Call
 *
 * @typedef {object} Offer a message as an app hands it to its daprd
 * @property {number} number
 * @property {number} offeredAt
 * @property {"answered" | "failed" | "pending"} outcome
 * @property {string} reason of the last failure
 */

/** A policy of daprd's: constant, 5 s. */
const retryAfterMs = 5000;
const maxRetries = 40;
const noTrace = "00-00000000000000000000000000000000-0000000000000000-00";

/**
 * Some apps say word for word what another one says at the same moment. None of these gives a key.
 *
 * @param {number} number
 */
export function saidBy(number) {
  return number % 10 === 9 ? number - 2 : number;
}

/** @param {number} number */
export function textOf(number) {
  return `message ${number} of the simulation: the disk of node-${number % 7} is nearly full`;
}

/**
 * The numbers of the messages that a text shows.
 *
 * @param {string} text
 */
export function numbersIn(text) {
  return [...text.matchAll(/message (\d+) of the simulation/g)].map(([, number]) => Number(number));
}

/**
 * One app's call through its daprd. Every other app gives a key of its own.
 *
 * @param {Offer} offer
 * @param {Sidecar} sidecar
 * @param {import("./clock.mjs").Clock} clock
 */
export async function call(offer, sidecar, clock) {
  const { number } = offer;
  const key = number % 2 === 0 ? { msgUuid: `app-${number}` } : {};
  const request = { text: textOf(saidBy(number)), metadata: { traceparent: noTrace, ...key } };
  for (let retries = 0; ; retries += 1) {
    try {
      await sidecar.create(request);
      offer.outcome = "answered";
      return;
    } catch (error) {
      offer.reason = error instanceof Error ? error.message : String(error);
      if (retries === maxRetries) break;
      await sleep(clock, retryAfterMs);
    }
  }
  offer.outcome = "failed";
}
