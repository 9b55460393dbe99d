import type { Clock } from "../base/clock.ts";
import type { LimitReport, TargetLimit } from "./channel.ts";

/** The right to post one message, taken from a ledger. */
export interface Slot {
  /** The answer came: the slot is free again one window from now. */
  used(): void;
  /** The answer was given up, and the message may yet arrive: the slot is free that much later. */
  lost(): void;
  /** Nothing was posted: the slot is free at once. */
  unused(): void;
}

/** What a ledger answers to the wish for slots. */
export type Taken =
  | { readonly kind: "granted"; readonly slots: readonly Slot[] }
  | {
      readonly kind: "full";
      /** When slots come free, in milliseconds from now, soonest first. */
      readonly waitsMs: readonly number[];
      /** When to ask again at the latest. Undefined where a slot never comes free without a call. */
      readonly askAgainMs?: number;
    }
  /** The target is closed after a throttle answer. */
  | { readonly kind: "closed"; readonly forMs: number }
  /** The first call after a penalty is under way; its outcome decides. */
  | { readonly kind: "probing" };

/** Knows how much of a target's limit is used, and whether the target is closed. */
export interface Ledger {
  /**
   * Takes all slots or none. Never rejects.
   *
   * @param limit slots in any window, 0 for no limit
   */
  take(count: number, limit: number): Promise<Taken>;
  /**
   * Tells what an answer said of the limit. Never rejects.
   *
   * @param retryAfterMs how long the answer wants the target closed, at most an hour
   */
  report(answer: LimitReport, retryAfterMs?: number): Promise<void>;
  /** The slots that are free now, by what this process knows; -1 while the target is closed. */
  left(limit: number): number;
}

/** How a target stands after throttle answers. */
export interface Penalty {
  /** Throttle answers in a row. */
  readonly strikes: number;
  readonly closedForMs: number;
}

const firstPenaltyMs = 60_000;
const longestPenaltyMs = 600_000;
const banMs = 300_000;

/** An answer that names a longer time is not believed. */
const longestRetryAfterMs = 3_600_000;

/**
 * How long a target stays closed after its n-th throttle answer in a row, in milliseconds: as long
 * as the answer says, if it does.
 */
export function penaltyMs(
  strikes: number,
  answer: "throttled" | "banned",
  retryAfterMs?: number,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, longestRetryAfterMs);
  const doubled = Math.min(firstPenaltyMs * 2 ** (strikes - 1), longestPenaltyMs);
  return answer === "banned" ? Math.max(doubled, banMs) : doubled;
}

/**
 * A ledger of this process alone.
 *
 * A slot is taken until one window after its answer: a target counts a message when it arrives,
 * which lies between the POST and the answer.
 */
export class LocalLedger implements Ledger {
  readonly #clock: Clock;
  readonly #limit: TargetLimit;
  /** When each taken slot comes free; infinite while its answer is awaited. */
  readonly #taken = new Set<{ freeAt: number }>();
  #strikes = 0;
  #closedUntil = Number.NEGATIVE_INFINITY;
  #probing = false;

  constructor(clock: Clock, limit: TargetLimit) {
    this.#clock = clock;
    this.#limit = limit;
  }

  async take(count: number, limit: number): Promise<Taken> {
    const now = this.#clock.elapsed();
    if (now < this.#closedUntil) return { kind: "closed", forMs: this.#closedUntil - now };
    if (this.#probing) return { kind: "probing" };
    if (limit > 0) {
      this.#dropFree(now);
      if (this.#taken.size + count > limit) return { kind: "full", waitsMs: this.#waits(now) };
    }
    this.#probing = this.#strikes > 0;
    const isProbe = this.#probing;
    const slots = Array.from({ length: count }, () => this.#slot(limit, isProbe));
    return { kind: "granted", slots };
  }

  async report(answer: LimitReport, retryAfterMs?: number): Promise<void> {
    const now = this.#clock.elapsed();
    this.#probing = false;
    // While the target is closed, an answer is one to a message from before the penalty.
    if (answer === "open" && now >= this.#closedUntil) this.#strikes = 0;
    if (answer !== "throttled" && answer !== "banned") return;
    this.#strikes += 1;
    this.#closedUntil = now + penaltyMs(this.#strikes, answer, retryAfterMs);
  }

  /** What this process knows of the penalty. */
  get penalty(): Penalty {
    const closedForMs = Math.max(this.#closedUntil - this.#clock.elapsed(), 0);
    return { strikes: this.#strikes, closedForMs };
  }

  /** Takes over what a ledger that knows more says of the penalty. */
  adopt({ strikes, closedForMs }: Penalty): void {
    this.#strikes = strikes;
    this.#closedUntil = this.#clock.elapsed() + closedForMs;
    this.#probing = false;
  }

  left(limit: number): number {
    const now = this.#clock.elapsed();
    if (now < this.#closedUntil || this.#probing) return -1;
    this.#dropFree(now);
    return limit === 0 ? Number.POSITIVE_INFINITY : limit - this.#taken.size;
  }

  /** Whether nothing is lost with this ledger: each slot is free, and the last penalty long over. */
  get isForgettable(): boolean {
    const now = this.#clock.elapsed();
    this.#dropFree(now);
    return this.#taken.size === 0 && now >= this.#closedUntil + longestPenaltyMs;
  }

  #slot(limit: number, isProbe: boolean): Slot {
    const { windowMs, underWayMs } = this.#limit;
    const slot = { freeAt: Number.POSITIVE_INFINITY };
    if (limit > 0) this.#taken.add(slot);
    return {
      used: () => {
        slot.freeAt = this.#clock.elapsed() + windowMs;
      },
      lost: () => {
        slot.freeAt = this.#clock.elapsed() + underWayMs + windowMs;
      },
      unused: () => {
        this.#taken.delete(slot);
        // Nothing was posted, so nothing was learned: the next call probes.
        if (isProbe) this.#probing = false;
      },
    };
  }

  #dropFree(now: number): void {
    for (const slot of this.#taken) if (slot.freeAt <= now) this.#taken.delete(slot);
  }

  #waits(now: number): number[] {
    const { windowMs } = this.#limit;
    return [...this.#taken]
      .map(({ freeAt }) => (freeAt === Number.POSITIVE_INFINITY ? windowMs : freeAt - now))
      .sort((a, b) => a - b);
  }
}
