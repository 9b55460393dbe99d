import type { Clock } from "../base/clock.ts";

/** A place in the minute's budget. */
export interface Slot {
  /** The answer came: the place is free again one window from now. */
  used(): void;
  /** No answer came, and the message may yet arrive: the place is free again that much later. */
  lost(): void;
  /** Nothing was posted. */
  unused(): void;
}

export type Taken =
  | { readonly kind: "granted"; readonly slots: readonly Slot[] }
  | {
      readonly kind: "full";
      /** When places come free, in milliseconds from now, soonest first. */
      readonly waitsMs: readonly number[];
      /** When to ask again at the latest, where places may come free without a word. */
      readonly askAgainMs?: number;
    }
  /** DingTalk throttled the robot. */
  | { readonly kind: "closed"; readonly forMs: number }
  /** The first call after a penalty is under way; its outcome decides. */
  | { readonly kind: "probing" };

/** What an answer says of the robot's limit. */
export type LimitReport = "open" | "throttled" | "banned" | "unknown";

/** What is used of a robot's limit, and whether DingTalk has closed it. */
export interface Ledger {
  /** @param limit messages in any window, 0 for no limit */
  take(count: number, limit: number): Taken | Promise<Taken>;
  report(answer: LimitReport): void | Promise<void>;
  /** For the choice among several robots: places left now, -1 while closed. */
  left(limit: number): number;
}

/** How a robot stands with DingTalk after throttle answers. */
export interface Penalty {
  /** Throttle answers in a row. */
  readonly strikes: number;
  readonly closedForMs: number;
}

/** DingTalk's limit counts in any minute. */
export const windowMs = 60_000;
/** How long a message may still be under way when its answer is given up. */
export const underWayMs = 30_000;
const firstPenaltyMs = 60_000;
const longestPenaltyMs = 600_000;
const banMs = 300_000;

/** How long a robot stays closed after its n-th throttle answer in a row. */
export function penaltyMs(strikes: number, answer: "throttled" | "banned"): number {
  const doubled = Math.min(firstPenaltyMs * 2 ** (strikes - 1), longestPenaltyMs);
  return answer === "banned" ? Math.max(doubled, banMs) : doubled;
}

/**
 * A ledger in this process.
 *
 * A place is taken until one window after its answer: DingTalk counts when a message arrives,
 * which lies somewhere between the POST and the answer.
 */
export class LocalLedger implements Ledger {
  readonly #clock: Clock;
  /** When each taken place comes free; infinite while its answer is awaited. */
  readonly #taken = new Set<{ freeAt: number }>();
  #strikes = 0;
  #closedUntil = 0;
  #probing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(count: number, limit: number): Taken {
    const now = this.#clock.now();
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

  report(answer: LimitReport): void {
    const now = this.#clock.now();
    this.#probing = false;
    // While the robot is closed, an answer is one to a message from before the penalty.
    if (answer === "open" && now >= this.#closedUntil) this.#strikes = 0;
    if (answer !== "throttled" && answer !== "banned") return;
    this.#strikes += 1;
    this.#closedUntil = now + penaltyMs(this.#strikes, answer);
  }

  /** What is known of the robot's penalty. */
  get penalty(): Penalty {
    const closedForMs = Math.max(this.#closedUntil - this.#clock.now(), 0);
    return { strikes: this.#strikes, closedForMs };
  }

  /** Takes over what a ledger that knows more says of the penalty. */
  adopt({ strikes, closedForMs }: Penalty): void {
    this.#strikes = strikes;
    this.#closedUntil = this.#clock.now() + closedForMs;
    this.#probing = false;
  }

  left(limit: number): number {
    const now = this.#clock.now();
    if (now < this.#closedUntil || this.#probing) return -1;
    this.#dropFree(now);
    return limit === 0 ? Number.POSITIVE_INFINITY : limit - this.#taken.size;
  }

  #slot(limit: number, isProbe: boolean): Slot {
    const place = { freeAt: Number.POSITIVE_INFINITY };
    if (limit > 0) this.#taken.add(place);
    return {
      used: () => {
        place.freeAt = this.#clock.now() + windowMs;
      },
      lost: () => {
        place.freeAt = this.#clock.now() + underWayMs + windowMs;
      },
      unused: () => {
        this.#taken.delete(place);
        // Nothing was posted, so nothing was learned: the next call probes.
        if (isProbe) this.#probing = false;
      },
    };
  }

  #dropFree(now: number): void {
    for (const place of this.#taken) if (place.freeAt <= now) this.#taken.delete(place);
  }

  #waits(now: number): number[] {
    return [...this.#taken]
      .map(({ freeAt }) => (freeAt === Number.POSITIVE_INFINITY ? windowMs : freeAt - now))
      .sort((a, b) => a - b);
  }
}
