const windowMs = 60_000;
const penaltyMs = 10 * 60_000;

/** What DingTalk documents for a robot, in any 60 seconds. */
export const defaultMessagesPerMinute = 20;

/**
 * The limit of one token: so many requests in a rolling minute, and none for ten minutes after one
 * more than that.
 *
 * Three things are not known of DingTalk and chosen here: the minute is rolling and not fixed,
 * requests that are refused for another reason count, and ones during the penalty do not prolong it.
 */
export class Throttle {
  readonly #messagesPerMinute: number;
  #admittedAt: number[] = [];
  #penaltyEndsAt = Number.NEGATIVE_INFINITY;

  constructor(messagesPerMinute = defaultMessagesPerMinute) {
    this.#messagesPerMinute = messagesPerMinute;
  }

  /** Counts a request; returns what is left of the penalty in milliseconds, 0 for none. */
  admit(now: number): number {
    if (now < this.#penaltyEndsAt) return this.#penaltyEndsAt - now;
    this.#admittedAt = this.#admittedAt.filter((time) => time > now - windowMs);
    if (this.#admittedAt.length < this.#messagesPerMinute) {
      this.#admittedAt.push(now);
      return 0;
    }
    this.#admittedAt = [];
    this.#penaltyEndsAt = now + penaltyMs;
    return penaltyMs;
  }
}

/**
 * Throttles of tokens that belong to no robot: DingTalk counts before it looks the token up. Only
 * the tokens used last are remembered, 1,000 by default, so that guessing does not fill the memory.
 */
export class StrangerThrottles {
  readonly #maxTokens: number;
  readonly #throttles = new Map<string, Throttle>();

  constructor(maxTokens = 1000) {
    this.#maxTokens = maxTokens;
  }

  /** As {@link Throttle.admit}. */
  admit(token: string, now: number): number {
    const throttle = this.#throttles.get(token) ?? new Throttle();
    this.#throttles.delete(token);
    this.#throttles.set(token, throttle);
    for (const oldest of this.#throttles.keys()) {
      if (this.#throttles.size <= this.#maxTokens) break;
      this.#throttles.delete(oldest);
    }
    return throttle.admit(now);
  }
}
