// What the group shows against what the apps were told.
import { numbersIn } from "./callers.mjs";

/**
 * @typedef {import("../../sandbox/api/types.ts").Entry} Entry
 * @typedef {import("./callers.mjs").Offer} Offer
 *
 * @typedef {object} Counts
 * @property {number} sent
 * @property {number} delivered different messages that the group shows
 * @property {number} duplicated messages that it shows more than once
 * @property {number} lost not shown, and their apps know of no error
 * @property {number} failed their apps were told an error
 * @property {number} deliveredAfterAll shown, although their apps were told an error
 * @property {number} throttleHits requests that DingTalk refused as too many
 * @property {number} arrived requests that reached DingTalk
 * @property {number} shown robot messages in the group
 * @property {number} mostInAMinute requests in any 60 s
 * @property {number} lastAfterMs from the first offer to the last message in the group
 *
 * @typedef {{ number: number, at: number }} Shown
 */

const windowMs = 60_000;

/**
 * @param {readonly Entry[]} entries
 * @param {readonly Offer[]} offers
 * @returns {Counts}
 */
export function count(entries, offers) {
  const showings = new Map(offers.map(({ number }) => [number, 0]));
  const shown = shownIn(entries);
  for (const { number } of shown) showings.set(number, (showings.get(number) ?? 0) + 1);
  const isShown = (/** @type {Offer} */ { number }) => (showings.get(number) ?? 0) > 0;
  const failed = offers.filter(({ outcome }) => outcome === "failed");
  const attempts = entries.flatMap((entry) => entry.attempts);
  const firstAt = Math.min(...offers.map(({ offeredAt }) => offeredAt));
  return {
    sent: offers.length,
    delivered: offers.filter(isShown).length,
    duplicated: [...showings.values()].filter((times) => times > 1).length,
    lost: offers.filter(
      (offer) => offer.outcome === "pending" || (offer.outcome === "answered" && !isShown(offer)),
    ).length,
    failed: failed.length,
    deliveredAfterAll: failed.filter(isShown).length,
    throttleHits: attempts.filter(({ explanation }) => explanation?.code === "throttled").length,
    arrived: attempts.length,
    shown: entries.filter(shownAt).length,
    mostInAMinute: mostInAMinute(attempts.map(({ receivedAt }) => Date.parse(receivedAt))),
    lastAfterMs: Math.max(0, ...shown.map(({ at }) => at - firstAt)),
  };
}

/**
 * Every message as often as the group shows it, in a message of its own or in a digest.
 *
 * @param {readonly Entry[]} entries
 * @returns {Shown[]}
 */
export function shownIn(entries) {
  return entries.flatMap((entry) => {
    const at = shownAt(entry);
    return at === undefined ? [] : numbersIn(textOf(entry)).map((number) => ({ number, at }));
  });
}

/**
 * When the group got it: the repeats of what was accepted are not shown again.
 *
 * @param {Entry} entry
 */
function shownAt({ attempts }) {
  const first = attempts.find(({ outcome, isRepeat }) => outcome === "accepted" && !isRepeat);
  return first && Date.parse(first.receivedAt);
}

/**
 * Not the title of a digest, which quotes its first message.
 *
 * @param {Entry} entry
 */
function textOf({ message }) {
  const { text, markdown } = /** @type {{ text?: any, markdown?: any }} */ (message ?? {});
  return String(text?.content ?? markdown?.text ?? "");
}

/** @param {number[]} times */
function mostInAMinute(times) {
  const sorted = times.sort((a, b) => a - b);
  let start = 0;
  let most = 0;
  for (const [index, time] of sorted.entries()) {
    while ((sorted[start] ?? time) <= time - windowMs) start += 1;
    most = Math.max(most, index - start + 1);
  }
  return most;
}
