import type { Clock } from "../base/clock.ts";
import type { LimitReport, TargetLimit } from "./channel.ts";
import { longestPenaltyMs, type Penalty, penaltyMs } from "./penalty.ts";

/** The right to post one message, taken from a ledger. */
export interface Slot {
  /** The answer came: the slot is free again one window from now. */
  used(): void;
  /** The answer was given up, and the message may yet arrive: the slot is free that much later. */
  lost(): void;
  /** Nothing was posted: the slot is free at once. */
  unused(): void;
}

/** The slots that one message needs. */
export interface SlotRequest {
  /** How many slots. The message gets all of them together or none. */
  readonly count: number;
  /** Slots in any window, 0 for no limit. */
  readonly limit: number;
  /** The longest wait for one answer, in milliseconds. The posts follow each other. */
  readonly answerMs: number;
}

/** What a ledger answers to a request. */
export type Taken =
  | { readonly kind: "granted"; readonly slots: readonly Slot[] }
  | Full
  /** The target is closed after a throttle answer. */
  | { readonly kind: "closed"; readonly forMs: number };

/** The slots of a request are not free now. */
export interface Full {
  readonly kind: "full";
  /**
   * When the slots that are taken come free at the latest, in milliseconds from now, soonest first.
   * A lost answer is not foreseen.
   */
  readonly waitsMs: readonly number[];
  /**
   * Above 0 while the first call after a penalty is under way, whose outcome decides: it is known
   * in so many milliseconds.
   */
  readonly notBeforeMs: number;
  /** Slots that calls at other replicas wait for, as far as these replicas have told. */
  readonly wishedElsewhere?: number;
  /** When to ask again at the latest. Undefined where a slot never comes free without a call. */
  readonly askAgainMs?: number;
}

/** Knows how much of a target's limit is used, and whether the target is closed. */
export interface Ledger {
  /** Takes all slots if they are free, else none. Undefined, too, where a Redis has to be asked. */
  takeNow(request: SlotRequest): readonly Slot[] | undefined;
  /**
   * Takes all slots or none. Never rejects.
   *
   * @param wished how many slots all calls of this process want, this one included
   */
  take(request: SlotRequest, wished?: number): Promise<Taken>;
  /**
   * Tells what an answer said of the limit. Never rejects.
   *
   * @param retryAfterMs how long the answer wants the target closed, at most an hour
   */
  report(answer: LimitReport, retryAfterMs?: number): Promise<void>;
  /**
   * The slots that are free now, by what this process knows; minus infinity while the target is
   * closed.
   */
  left(limit: number): number;
}

/** When the outcome of a probe that is overdue is looked for again. */
const overdueMs = 1000;

interface TakenSlot {
  /** When the answer comes at the latest. */
  readonly answerBy: number;
  /** When the slot comes free; infinite while its answer is awaited. */
  freeAt: number;
}

interface NewSlot {
  /** Slots in any window, 0 for no limit. */
  readonly limit: number;
  readonly isProbe: boolean;
  readonly answerBy: number;
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
  readonly #taken = new Set<TakenSlot>();
  #strikes = 0;
  #closedUntil = Number.NEGATIVE_INFINITY;
  /** When the outcome of the probe is known at the latest. Undefined if none is under way. */
  #probeUntil: number | undefined;

  constructor(clock: Clock, limit: TargetLimit) {
    this.#clock = clock;
    this.#limit = limit;
  }

  async take(request: SlotRequest): Promise<Taken> {
    return this.#take(request);
  }

  takeNow(request: SlotRequest): readonly Slot[] | undefined {
    const taken = this.#take(request);
    return taken.kind === "granted" ? taken.slots : undefined;
  }

  #take({ count, limit, answerMs }: SlotRequest): Taken {
    const now = this.#clock.elapsed();
    if (now < this.#closedUntil) return { kind: "closed", forMs: this.#closedUntil - now };
    this.#dropFree(now);
    const isProbing = this.#probeUntil !== undefined;
    if (isProbing || (limit > 0 && this.#taken.size + count > limit)) {
      return { kind: "full", waitsMs: this.#waits(now), notBeforeMs: this.#notBefore(now) };
    }
    const isProbe = this.#strikes > 0;
    if (isProbe) this.#probeUntil = now + answerMs;
    const slots: Slot[] = [];
    for (let n = 1; n <= count; n += 1) {
      slots.push(this.#slot({ limit, isProbe, answerBy: now + n * answerMs }));
    }
    return { kind: "granted", slots };
  }

  async report(answer: LimitReport, retryAfterMs?: number): Promise<void> {
    const now = this.#clock.elapsed();
    this.#probeUntil = undefined;
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
    this.#probeUntil = undefined;
  }

  left(limit: number): number {
    const now = this.#clock.elapsed();
    if (now < this.#closedUntil || this.#probeUntil !== undefined) return Number.NEGATIVE_INFINITY;
    this.#dropFree(now);
    return limit === 0 ? Number.POSITIVE_INFINITY : limit - this.#taken.size;
  }

  /** Whether nothing is lost with this ledger: each slot is free, and the last penalty long over. */
  get isForgettable(): boolean {
    const now = this.#clock.elapsed();
    this.#dropFree(now);
    return this.#taken.size === 0 && now >= this.#closedUntil + longestPenaltyMs;
  }

  #slot({ limit, isProbe, answerBy }: NewSlot): Slot {
    const { windowMs, underWayMs } = this.#limit;
    const slot: TakenSlot = { answerBy, freeAt: Number.POSITIVE_INFINITY };
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
        if (isProbe) this.#probeUntil = undefined;
      },
    };
  }

  #dropFree(now: number): void {
    for (const slot of this.#taken) if (slot.freeAt <= now) this.#taken.delete(slot);
  }

  #waits(now: number): number[] {
    const { windowMs } = this.#limit;
    return [...this.#taken]
      .map(({ freeAt, answerBy }) => {
        const isAwaited = freeAt === Number.POSITIVE_INFINITY;
        return (isAwaited ? Math.max(answerBy, now) + windowMs : freeAt) - now;
      })
      .sort((a, b) => a - b);
  }

  #notBefore(now: number): number {
    return this.#probeUntil === undefined ? 0 : Math.max(this.#probeUntil - now, overdueMs);
  }
}
