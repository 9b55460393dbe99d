import type { Clock } from "../base/clock.ts";
import type { LimitReport } from "./channel.ts";
import { abortedError, NotSentError, type NotSentReason } from "./errors.ts";
import { lastMoment, type Terms } from "./job.ts";
import type { Ledger, Slot, Taken } from "./ledger.ts";

/** What a message wants of the queue. */
export interface SlotWish {
  /** How many slots the message needs. It gets all of them together or none. */
  readonly count: number;
  /** What happens if the slots are not free at once. */
  readonly overflow: "wait" | "reject" | "digest";
  readonly signal: AbortSignal;
}

/** The slots of a message, or that the message belongs into a digest. */
export type Admission = readonly Slot[] | "digest";

interface Waiter {
  readonly terms: Terms;
  readonly wish: SlotWish;
  /** The last moment at which the waiter may be served, and why it is the last. */
  readonly until: number;
  readonly untilReason: NotSentReason;
  /** Whether the waiter may wait until `until`. */
  isAdmitted: boolean;
  settle(outcome: Admission | NotSentError): void;
}

interface QueueDeps {
  readonly clock: Clock;
  readonly windowMs: number;
}

/** Messages that wait for slots of one target, first come, first served. */
export class SlotQueue {
  #ledger: Ledger;
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #waiters: Waiter[] = [];
  #cancelTimer = (): void => {};
  #isServing = false;
  #isShutDown = false;
  /** Whether something changed while the ledger was asked. */
  #mustServeAgain = false;

  constructor(ledger: Ledger, { clock, windowMs }: QueueDeps) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** From now on slots come from this ledger. Each slot returns to the ledger that granted it. */
  useLedger(ledger: Ledger): void {
    this.#ledger = ledger;
    void this.#serve();
  }

  /** How many messages wait. */
  get length(): number {
    return this.#waiters.length;
  }

  /** The slots that are free now and that nobody waits for; -1 while the target is closed. */
  left(limit: number): number {
    const free = this.#ledger.left(limit);
    return free < 0 ? free : Math.max(free - wishedFor(this.#waiters), 0);
  }

  /**
   * The slots of a message, at once or after a wait.
   *
   * @throws {NotSentError} at once when the wait would be too long, else when the wait is over
   */
  async acquire(terms: Terms, wish: SlotWish): Promise<readonly Slot[]> {
    const admission = await this.admit(terms, wish);
    if (admission === "digest") throw new NotSentError("over-budget");
    return admission;
  }

  /** {@link acquire} for a message that a digest may take where it would have to wait. */
  admit(terms: Terms, wish: SlotWish): Promise<Admission> {
    return new Promise((resolve, reject) => {
      const { signal } = wish;
      const now = this.#clock.elapsed();
      const { until, reason } = lastMoment(terms, now + waitOf(terms, wish));
      const onAbort = (): void => waiter.settle(abortedError(signal));
      let cancelTimer = (): void => {};
      const waiter: Waiter = {
        ...{ terms, wish, until, untilReason: reason, isAdmitted: false },
        settle: (outcome) => {
          this.#remove(waiter);
          cancelTimer();
          signal.removeEventListener("abort", onAbort);
          if (outcome instanceof NotSentError) reject(outcome);
          else resolve(outcome);
        },
      };
      this.#waiters.push(waiter);
      if (this.#isShutDown) return waiter.settle(new NotSentError("shutting-down"));
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort);
      const mayWait = waitOf(terms, wish) > 0;
      if (mayWait && until <= now) return waiter.settle(new NotSentError(reason));
      if (mayWait && until < Number.POSITIVE_INFINITY) {
        // A slot that comes free at the last moment still counts.
        const giveUp = (): void => waiter.settle(new NotSentError(reason));
        cancelTimer = this.#clock.after(until - now + 1, giveUp);
      }
      void this.#serve();
    });
  }

  /** Tells what an answer said of the target's limit. */
  async report(answer: LimitReport, retryAfterMs?: number): Promise<void> {
    await this.#ledger.report(answer, retryAfterMs);
    void this.#serve();
  }

  /** Refuses every message that waits or comes. */
  shutDown(): void {
    this.#isShutDown = true;
    for (const waiter of [...this.#waiters]) waiter.settle(new NotSentError("shutting-down"));
  }

  #remove(waiter: Waiter): void {
    const index = this.#waiters.indexOf(waiter);
    if (index >= 0) this.#waiters.splice(index, 1);
  }

  async #serve(): Promise<void> {
    this.#mustServeAgain = true;
    if (this.#isServing) return;
    this.#isServing = true;
    this.#cancelTimer();
    while (this.#mustServeAgain) {
      this.#mustServeAgain = false;
      const head = this.#waiters[0];
      if (head === undefined) break;
      const askedAt = this.#clock.elapsed();
      const taken = await this.#ledger.take(head.wish.count, head.terms.options.messagesPerMinute);
      if (this.#hand(head, taken, askedAt)) this.#mustServeAgain = true;
    }
    this.#isServing = false;
  }

  /** @returns whether the next in line may be asked for */
  #hand(head: Waiter, taken: Taken, askedAt: number): boolean {
    switch (taken.kind) {
      case "granted":
        if (this.#waiters[0] === head) head.settle(taken.slots.map((slot) => this.#watched(slot)));
        // The head went away while the ledger was asked.
        else for (const slot of taken.slots) slot.unused();
        return true;
      case "closed":
        for (const waiter of [...this.#waiters]) {
          waiter.settle(new NotSentError("robot-closed", taken.forMs));
        }
        return false;
      case "probing":
        this.#admitAll([], askedAt);
        return false;
      case "full":
        this.#admitAll(taken.waitsMs, askedAt);
        this.#serveAt(
          askedAt + Math.min(taken.waitsMs[0] ?? 0, taken.askAgainMs ?? Number.POSITIVE_INFINITY),
        );
        return false;
    }
  }

  /** A slot that is given back goes to the next in line at once. */
  #watched(slot: Slot): Slot {
    return {
      used: () => slot.used(),
      lost: () => slot.lost(),
      unused: () => {
        slot.unused();
        void this.#serve();
      },
    };
  }

  #serveAt(time: number): void {
    const delayMs = Math.max(time - this.#clock.elapsed(), 1);
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(delayMs, () => void this.#serve());
  }

  /** Refuses the waiters whose slots would come too late. A waiter is admitted for good. */
  #admitAll(waitsMs: readonly number[], askedAt: number): void {
    let ahead = 0;
    for (const [index, waiter] of [...this.#waiters].entries()) {
      const { terms, wish, until, untilReason } = waiter;
      const { messagesPerMinute, maxQueue } = terms.options;
      ahead += wish.count;
      if (waiter.isAdmitted) continue;
      const waitMs = this.#estimate(ahead, waitsMs, messagesPerMinute);
      if (index >= maxQueue) waiter.settle(new NotSentError("queue-full", waitMs));
      else if (waitOf(terms, wish) > 0 && askedAt + waitMs <= until) waiter.isAdmitted = true;
      else if (wish.overflow === "digest" && untilReason === "over-budget") waiter.settle("digest");
      else waiter.settle(new NotSentError(untilReason, waitMs));
    }
  }

  /** In how many milliseconds the slots ahead are free, if every answer comes at once. */
  #estimate(ahead: number, waitsMs: readonly number[], limit: number): number {
    if (waitsMs.length === 0 || limit === 0) return 0;
    const windows = Math.floor((ahead - 1) / limit);
    // Fewer slots may be taken than the limit has: a message may want several of them.
    const index = Math.min((ahead - 1) % limit, waitsMs.length - 1);
    return (waitsMs[index] ?? 0) + windows * this.#windowMs;
  }
}

/** How long the message may wait for its slots, in milliseconds. */
function waitOf({ options }: Terms, { overflow }: SlotWish): number {
  return overflow === "wait" ? options.maxWaitMs : 0;
}

function wishedFor(waiters: readonly Waiter[]): number {
  return waiters.reduce((sum, { wish }) => sum + wish.count, 0);
}
