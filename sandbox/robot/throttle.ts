const windowMs = 60_000;

/** How long DingTalk refuses a robot that sent too much. */
export const defaultPenaltySeconds = 600;

/** What DingTalk documents for a robot, in any 60 seconds. */
export const defaultMessagesPerMinute = 20;

/** What a robot may send. */
export interface Limit {
  readonly messagesPerMinute: number;
  readonly penaltySeconds: number;
}

const defaultLimit: Limit = {
  messagesPerMinute: defaultMessagesPerMinute,
  penaltySeconds: defaultPenaltySeconds,
};

/**
 * The limit of one token: so many requests in a rolling minute, and none for ten minutes after one
 * more than that.
 *
 * Three things are not known of DingTalk and chosen here: the minute is rolling and not fixed,
 * requests that are refused for another reason count, and ones during the penalty do not prolong it.
 */
export class Throttle {
  #limit: Limit;
  /** In the order of time; the first ones, up to `#forgotten`, are older than the window. */
  #admittedAt: number[] = [];
  #forgotten = 0;
  #penaltyEndsAt = Number.NEGATIVE_INFINITY;

  constructor(limit: Partial<Limit> = {}) {
    this.#limit = { ...defaultLimit, ...limit };
  }

  /** Another limit: a running penalty ends, what was counted counts on. */
  change(limit: Limit): void {
    this.#limit = limit;
    this.#penaltyEndsAt = Number.NEGATIVE_INFINITY;
  }

  /** When the penalty ends, in milliseconds since 1970; undefined where none runs. */
  penaltyEndsAt(now: number): number | undefined {
    return now < this.#penaltyEndsAt ? this.#penaltyEndsAt : undefined;
  }

  /** Counts a request; true where the robot may have it. */
  admit(now: number): boolean {
    if (now < this.#penaltyEndsAt) return false;
    if (this.#countSince(now - windowMs) < this.#limit.messagesPerMinute) {
      this.#admittedAt.push(now);
      return true;
    }
    const penaltyMs = this.#limit.penaltySeconds * 1000;
    // Without a penalty the window goes on rolling.
    if (penaltyMs > 0) this.#forgotten = this.#admittedAt.length;
    this.#penaltyEndsAt = now + penaltyMs;
    return false;
  }

  /** Moves a mark instead of copying the list: a load test may have admitted many thousands. */
  #countSince(start: number): number {
    const isOld = (time: number | undefined) => time !== undefined && time <= start;
    while (isOld(this.#admittedAt[this.#forgotten])) this.#forgotten += 1;
    if (this.#forgotten * 2 > this.#admittedAt.length) {
      this.#admittedAt.splice(0, this.#forgotten);
      this.#forgotten = 0;
    }
    return this.#admittedAt.length - this.#forgotten;
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
  admit(token: string, now: number): boolean {
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
