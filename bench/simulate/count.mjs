// What the group shows against what the apps were told.
import { numbersIn, saidBy } from "./callers.mjs";

/**
 * @typedef {import("../../sandbox/api/types.ts").Entry} Entry
 * @typedef {import("./callers.mjs").Offer} Offer
 *
 * @typedef {object} Counts
 * @property {number} sent
 * @property {number} delivered messages that the group shows, each as often as apps said it
 * @property {number} duplicated messages that it shows more often than apps said them
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
  const shown = shownIn(entries);
  const texts = byText(offers, shown);
  const sum = (/** @type {(text: Text) => number} */ of) =>
    texts.reduce((all, text) => all + of(text), 0);
  const countOf = (/** @type {Offer["outcome"]} */ outcome) =>
    offers.filter((offer) => offer.outcome === outcome).length;
  const attempts = entries.flatMap((entry) => entry.attempts);
  const firstAt = Math.min(...offers.map(({ offeredAt }) => offeredAt));
  return {
    sent: offers.length,
    delivered: sum(({ shown, offered }) => Math.min(shown, offered)),
    duplicated: sum(({ shown, offered }) => Math.max(shown - offered, 0)),
    lost: countOf("pending") + sum(({ shown, answered }) => Math.max(answered - shown, 0)),
    failed: countOf("failed"),
    deliveredAfterAll: sum(({ shown, answered, offered }) =>
      Math.max(Math.min(shown, offered) - answered, 0),
    ),
    throttleHits: attempts.filter(({ explanation }) => explanation?.code === "throttled").length,
    arrived: attempts.length,
    shown: entries.filter(shownAt).length,
    mostInAMinute: mostInAMinute(attempts.map(({ receivedAt }) => Date.parse(receivedAt))),
    lastAfterMs: Math.max(0, ...shown.map(({ at }) => at - firstAt)),
  };
}

/**
 * How often each text was offered, answered with success, and shown.
 *
 * @typedef {{ offered: number, answered: number, shown: number }} Text
 *
 * @param {readonly Offer[]} offers
 * @param {readonly Shown[]} shown
 */
function byText(offers, shown) {
  /** @type {Map<number, Text>} */
  const texts = new Map();
  for (const { number, outcome } of offers) {
    const text = texts.get(saidBy(number)) ?? { offered: 0, answered: 0, shown: 0 };
    text.offered += 1;
    if (outcome === "answered") text.answered += 1;
    texts.set(saidBy(number), text);
  }
  for (const { number } of shown) {
    const text = texts.get(number);
    if (text !== undefined) text.shown += 1;
  }
  return [...texts.values()];
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
