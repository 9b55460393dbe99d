import { messagesPerMinute, windowMs } from "../../src/dingtalk/limits.ts";

/** How long DingTalk refuses a robot after one message too many. */
export const defaultPenaltySeconds = 600;

/** How much a robot accepts. */
export interface Limit {
  readonly messagesPerMinute: number;
  readonly penaltySeconds: number;
}

const defaultLimit: Limit = { messagesPerMinute, penaltySeconds: defaultPenaltySeconds };

/**
 * The limit of one token: `messagesPerMinute` requests in any 60 seconds, and none for
 * `penaltySeconds` after one request too many.
 *
 * DingTalk does not document three details. Here the window rolls, requests that are refused for
 * another reason count, and requests during the penalty do not prolong it.
 */
export class Throttle {
  #limit: Limit;
  /** When requests were admitted, oldest first; those before `#firstCounted` count no more. */
  #admittedAt: number[] = [];
  #firstCounted = 0;
  #penaltyEndsAt = Number.NEGATIVE_INFINITY;

  constructor(limit: Partial<Limit> = {}) {
    this.#limit = { ...defaultLimit, ...limit };
  }

  /** Sets another limit. A running penalty ends; requests of the last 60 seconds still count. */
  change(limit: Limit): void {
    this.#limit = limit;
    this.#penaltyEndsAt = Number.NEGATIVE_INFINITY;
  }

  /** When the penalty ends, in milliseconds since 1970; undefined if no penalty is running. */
  penaltyEndsAt(now: number): number | undefined {
    return now < this.#penaltyEndsAt ? this.#penaltyEndsAt : undefined;
  }

  /** Counts a request. True if the robot may accept it. */
  admit(now: number): boolean {
    if (now < this.#penaltyEndsAt) return false;
    if (this.#countSince(now - windowMs) < this.#limit.messagesPerMinute) {
      this.#admittedAt.push(now);
      return true;
    }
    const penaltyMs = this.#limit.penaltySeconds * 1000;
    // After a penalty the count begins at 0. Without a penalty the window goes on.
    if (penaltyMs > 0) this.#firstCounted = this.#admittedAt.length;
    this.#penaltyEndsAt = now + penaltyMs;
    return false;
  }

  /** Moves a mark instead of copying the list: a load test may have admitted many thousands. */
  #countSince(start: number): number {
    const isOld = (time: number | undefined) => time !== undefined && time <= start;
    while (isOld(this.#admittedAt[this.#firstCounted])) this.#firstCounted += 1;
    if (this.#firstCounted * 2 > this.#admittedAt.length) {
      this.#admittedAt.splice(0, this.#firstCounted);
      this.#firstCounted = 0;
    }
    return this.#admittedAt.length - this.#firstCounted;
  }
}

/**
 * Throttles of tokens that belong to no robot: DingTalk counts a request before it looks the token
 * up. Only the tokens that were used last are kept, 1,000 by default, to bound the memory.
 */
export class UnknownTokenThrottles {
  readonly #maxTokens: number;
  readonly #throttles = new Map<string, Throttle>();

  constructor(maxTokens = 1000) {
    this.#maxTokens = maxTokens;
  }

  /** Counts a request of a token as {@link Throttle.admit} does. */
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
