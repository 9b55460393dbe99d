import type { Full, SlotRequest } from "./ledger.ts";

/**
 * What the messages that wait want together, and by when one more has its slots at the latest.
 *
 * The forecast is a promise. It takes the longest case: each answer comes at the end of its time
 * limit, and the slot is free one window later. Lost answers and throttle answers are not foreseen.
 */
export class Forecast {
  readonly #windowMs: number;
  /** How many messages wait. */
  count = 0;
  /** Slots that the messages want. */
  #wished = 0;
  // The extremes of all messages since the last moment at which none waited.
  #largest = 0;
  #smallest = Number.POSITIVE_INFINITY;
  #smallestLimit = Number.POSITIVE_INFINITY;
  #longestAnswerMs = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(request: SlotRequest): void {
    this.count += 1;
    this.#wished += slotsOf(request);
    this.#largest = Math.max(this.#largest, request.count);
    this.#smallest = Math.min(this.#smallest, request.count);
    this.#smallestLimit = Math.min(this.#smallestLimit, limitOf(request));
    this.#longestAnswerMs = Math.max(this.#longestAnswerMs, request.answerMs);
  }

  remove(request: SlotRequest): void {
    this.count -= 1;
    this.#wished -= slotsOf(request);
    if (this.count > 0) return;
    this.#largest = 0;
    this.#smallest = Number.POSITIVE_INFINITY;
    this.#smallestLimit = Number.POSITIVE_INFINITY;
    this.#longestAnswerMs = 0;
  }

  /** In how many milliseconds a message that comes now has its slots at the latest. */
  latestMs(request: SlotRequest, { waitsMs, notBeforeMs, wishedElsewhere = 0 }: Full): number {
    const limit = Math.min(this.#smallestLimit, limitOf(request));
    if (limit === Number.POSITIVE_INFINITY) return notBeforeMs;
    const largest = Math.max(this.#largest, request.count, 1);
    const answerMs = Math.max(this.#longestAnswerMs, request.answerMs);
    const wished = wishedElsewhere + this.#wished + slotsOf(request);
    const isEven = Math.min(this.#smallest, request.count) === largest;
    // A message that wants several slots may leave all but one of them idle until it has them.
    const idle = isEven ? limit % largest : largest - 1;
    const fewest = Math.ceil(wished / limit);
    // Two rounds that follow each other have more than the limit.
    const most = Math.min(Math.ceil(wished / Math.max(limit - idle, 1)), 2 * fewest - 1);
    const rounds = wished <= limit ? 0 : most - 1;
    const nth = rounds === 0 || largest === 1 ? (wished - 1) % limit : limit - 1;
    // The slots that are free already come first.
    const index = Math.min(nth - (limit - waitsMs.length), waitsMs.length - 1);
    const firstRoundMs = Math.max(waitsMs[index] ?? 0, notBeforeMs);
    return firstRoundMs + rounds * (this.#windowMs + largest * answerMs);
  }
}

function limitOf({ limit }: SlotRequest): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

/** A message without a limit takes no slot. */
function slotsOf({ count, limit }: SlotRequest): number {
  return limit === 0 ? 0 : count;
}
