import type { Clock } from "../base/clock.ts";
import type { LimitReport } from "./channel.ts";
import { abortedError, NotSentError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { Forecast } from "./forecast.ts";
import { lastMoment, type Terms } from "./job.ts";
import type { Full, Ledger, Slot, SlotRequest, Taken } from "./ledger.ts";

/** What a message wants of the queue. */
export interface SlotWish {
  /** How many slots the message needs. It gets all of them together or none. */
  readonly count: number;
  /** What happens if the slots are not free at once. */
  readonly overflow: "wait" | "reject" | "digest";
  readonly signal: AbortSignal;
  /** Whether the slot is for a digest, which takes along the messages that come meanwhile. */
  readonly isForDigest?: boolean;
}

/** The slots of a message, or that the message belongs into a digest. */
export type Admission = readonly Slot[] | "digest";

interface Waiter extends SlotWish {
  readonly request: SlotRequest;
  readonly maxQueue: number;
  /** The last moment at which the waiter may be served, and why it is the last. */
  readonly last: ReturnType<typeof lastMoment>;
  /** Whether the waiter may wait until its last moment. */
  isAdmitted: boolean;
  /** Ends the wait. Only the first call counts. */
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
  readonly #waiters = new Fifo<Waiter>();
  /** Who waits and was not judged yet: admitted or refused. */
  #unjudged = new Set<Waiter>();
  /** Whose last moment has passed. They give up unless the ledger still has slots for them. */
  #due: Waiter[] = [];
  /** What the admitted waiters want. */
  readonly #forecast: Forecast;
  /** How many slots all waiters want. */
  #wished = 0;
  #digests = 0;
  #cancelTimer = (): void => {};
  #isServing = false;
  #isShutDown = false;
  /** Whether something changed while the ledger was asked. */
  #mustServeAgain = false;

  constructor(ledger: Ledger, { clock, windowMs }: QueueDeps) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#forecast = new Forecast(windowMs);
  }

  /** From now on slots come from this ledger. Each slot returns to the ledger that granted it. */
  useLedger(ledger: Ledger): void {
    this.#ledger = ledger;
    void this.#serve();
  }

  /** How many messages wait. */
  get length(): number {
    return this.#waiters.size;
  }

  /**
   * The slots that are free now minus those that are waited for; minus infinity while the target is
   * closed.
   */
  left(limit: number): number {
    return this.#ledger.left(limit) - this.#wished;
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
  async admit(terms: Terms, wish: SlotWish): Promise<Admission> {
    const { options, deadlineAt, expiresAt } = terms;
    const now = this.#clock.elapsed();
    const last = lastMoment(terms, now + (wish.overflow === "reject" ? 0 : options.maxWaitMs));
    if (this.#isShutDown) throw new NotSentError("shutting-down");
    if (wish.signal.aborted) throw abortedError(wish.signal);
    if (Math.min(deadlineAt, expiresAt) <= now) throw new NotSentError(last.reason);
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => waiter.settle(abortedError(wish.signal));
      // A slot that comes free at the last moment still counts.
      const onDue = (): void => {
        this.#due.push(waiter);
        void this.#serve();
      };
      const cancelTimer = last.until > now ? this.#after(last.until - now + 1, onDue) : () => {};
      const waiter: Waiter = {
        ...{ ...wish, last, maxQueue: options.maxQueue, isAdmitted: false },
        request: {
          ...{ count: wish.count, limit: options.messagesPerMinute },
          answerMs: options.responseTimeoutMs,
        },
        settle: (outcome) => {
          if (!this.#remove(waiter)) return;
          cancelTimer();
          wish.signal.removeEventListener("abort", onAbort);
          if (outcome instanceof NotSentError) reject(outcome);
          else resolve(outcome);
        },
      };
      wish.signal.addEventListener("abort", onAbort);
      this.#add(waiter);
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
    this.#refuseAll(new NotSentError("shutting-down"));
  }

  #add(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#unjudged.add(waiter);
    this.#wished += waiter.count;
    if (waiter.isForDigest) this.#digests += 1;
  }

  /** @returns whether the waiter still waited */
  #remove(waiter: Waiter): boolean {
    if (!this.#waiters.delete(waiter)) return false;
    this.#unjudged.delete(waiter);
    this.#wished -= waiter.count;
    if (waiter.isForDigest) this.#digests -= 1;
    if (waiter.isAdmitted) this.#forecast.remove(waiter.request);
    return true;
  }

  async #serve(): Promise<void> {
    this.#mustServeAgain = true;
    if (this.#isServing) return;
    this.#isServing = true;
    this.#cancelTimer();
    while (this.#mustServeAgain) {
      this.#mustServeAgain = false;
      const head = this.#waiters.first;
      if (head === undefined) break;
      const due = this.#due.length;
      const askedAt = this.#clock.elapsed();
      const taken = await this.#ledger.take(head.request);
      if (this.#hand(head, taken, askedAt)) this.#mustServeAgain = true;
      else this.#giveUp(this.#due.splice(0, due));
    }
    this.#isServing = false;
    if (this.#waiters.size === 0) this.#due = [];
  }

  /** @returns whether the next in line may be asked for */
  #hand(head: Waiter, taken: Taken, askedAt: number): boolean {
    switch (taken.kind) {
      case "granted":
        this.#grant(head, taken.slots);
        return true;
      case "closed":
        this.#refuseAll(new NotSentError("robot-closed", taken.forMs));
        return false;
      case "full": {
        this.#judge(taken, askedAt);
        const { waitsMs, notBeforeMs, askAgainMs = Number.POSITIVE_INFINITY } = taken;
        this.#serveAt(askedAt + Math.min(Math.max(waitsMs[0] ?? 0, notBeforeMs), askAgainMs));
        return false;
      }
    }
  }

  /** A message that is late is of no use; one that has waited too long is, while its caller stays. */
  #grant(head: Waiter, slots: readonly Slot[]): void {
    const { until, reason } = head.last;
    const isLate = reason !== "over-budget" && this.#clock.elapsed() > until;
    // The head may have gone while the ledger was asked.
    if (isLate || this.#waiters.first !== head) for (const slot of slots) slot.unused();
    head.settle(isLate ? new NotSentError(reason) : slots.map((slot) => this.#watched(slot)));
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
    this.#cancelTimer();
    this.#cancelTimer = this.#after(time - this.#clock.elapsed(), () => void this.#serve());
  }

  #after(delayMs: number, action: () => void): () => void {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    return this.#clock.after(Math.max(delayMs, 1), action);
  }

  /** Refuses the new waiters whose slots may come too late. A waiter is admitted for good. */
  #judge(full: Full, askedAt: number): void {
    const unjudged = this.#unjudged;
    this.#unjudged = new Set();
    for (const waiter of unjudged) {
      const verdict = this.#judgeOne(waiter, full, askedAt);
      if (verdict !== "wait") {
        waiter.settle(verdict);
        continue;
      }
      waiter.isAdmitted = true;
      this.#forecast.add(waiter.request);
    }
  }

  #judgeOne(
    { request, last, overflow, maxQueue }: Waiter,
    full: Full,
    askedAt: number,
  ): "wait" | "digest" | NotSentError {
    const joinsDigest = overflow === "digest" && this.#digests > 0;
    const waitMs = this.#forecast.latestMs(joinsDigest ? { ...request, count: 0 } : request, full);
    if (overflow !== "digest" && this.#forecast.count >= maxQueue) {
      return new NotSentError("queue-full", waitMs);
    }
    const isInTime = overflow !== "reject" && askedAt + waitMs <= last.until;
    if (!isInTime) return new NotSentError(last.reason, waitMs);
    return overflow;
  }

  #giveUp(due: readonly Waiter[]): void {
    for (const { settle, last } of due) settle(new NotSentError(last.reason));
  }

  #refuseAll(error: NotSentError): void {
    for (const waiter of this.#waiters.values()) waiter.settle(error);
  }
}
