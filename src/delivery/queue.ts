import type { Clock } from "../base/clock.ts";
import type { LimitReport } from "./channel.ts";
import { abortedError, NotSentError } from "./errors.ts";
import { lastMoment, requestOf, type Terms } from "./job.ts";
import type { Ledger, Slot, Taken } from "./ledger.ts";
import {
  type Admission,
  type Asked,
  endAll,
  type SlotWish,
  type Waiter,
  Waiters,
} from "./waiters.ts";

interface QueueDeps {
  readonly clock: Clock;
  readonly windowMs: number;
}

/** Messages that wait for slots of one target, first come, first served. */
export class SlotQueue {
  #ledger: Ledger;
  readonly #clock: Clock;
  readonly #waiters: Waiters;
  /** Whose last moment has passed. They give up unless the ledger still has slots for them. */
  #due: Waiter[] = [];
  #cancelTimer = (): void => {};
  #isServing = false;
  #isShutDown = false;
  /** Whether something changed while the ledger was asked. */
  #mustServeAgain = false;

  constructor(ledger: Ledger, { clock, windowMs }: QueueDeps) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#waiters = new Waiters(windowMs);
  }

  /** From now on slots come from this ledger. Each slot returns to the ledger that granted it. */
  useLedger(ledger: Ledger): void {
    this.#ledger = ledger;
    this.#serve();
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
    return this.#ledger.left(limit) - this.#waiters.wished;
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

  /**
   * {@link acquire} for a message that a digest may take where it would have to wait.
   *
   * @param granted slots that were taken with the claim of the message; they are moved out of here
   */
  async admit(terms: Terms, wish: SlotWish, granted: Slot[] = []): Promise<Admission> {
    const { options } = terms;
    const refusal = this.#refusalOf(terms, wish.signal);
    if (refusal !== undefined) throw refusal;
    if (granted.length > 0) return granted.splice(0);
    const request = requestOf(options, wish.count);
    const free = this.#isIdle ? this.#ledger.takeNow(request) : undefined;
    if (free !== undefined) return free;
    const now = this.#clock.elapsed();
    const last = lastMoment(terms, now + (wish.overflow === "reject" ? 0 : options.maxWaitMs));
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => waiter.settle(abortedError(wish.signal));
      // A slot that comes free at the last moment still counts.
      const onDue = (): void => {
        this.#due.push(waiter);
        this.#serve();
      };
      // The messages that wait for a digest give up by themselves.
      const isTimed = last.until > now && wish.isForDigest !== true;
      let cancelTimer = (): void => {};
      const waiter: Waiter = {
        ...wish,
        last,
        maxQueue: options.maxQueue,
        isAdmitted: false,
        onAdmitted: () => {
          if (isTimed) cancelTimer = this.#after(last.until - this.#clock.elapsed() + 1, onDue);
        },
        request,
        settle: (outcome) => {
          if (!this.#waiters.delete(waiter)) return;
          cancelTimer();
          wish.signal.removeEventListener("abort", onAbort);
          if (outcome instanceof NotSentError) reject(outcome);
          else resolve(outcome);
        },
      };
      wish.signal.addEventListener("abort", onAbort);
      this.#waiters.add(waiter);
      this.#serve();
    });
  }

  /** Whether nobody would wait in front of a message that came now and may still be sent. */
  isOpenTo(terms: Terms, signal: AbortSignal): boolean {
    return this.#isIdle && this.#refusalOf(terms, signal) === undefined;
  }

  /** Whether nobody waits, and nobody is given slots. */
  get #isIdle(): boolean {
    return this.#waiters.size === 0 && !this.#isServing;
  }

  #refusalOf(terms: Terms, signal: AbortSignal): NotSentError | undefined {
    if (this.#isShutDown) return new NotSentError("shutting-down");
    if (signal.aborted) return abortedError(signal);
    const { until, reason } = lastMoment(terms, Number.POSITIVE_INFINITY);
    return until <= this.#clock.elapsed() ? new NotSentError(reason) : undefined;
  }

  /** Tells what an answer said of the target's limit. */
  async report(answer: LimitReport, retryAfterMs?: number): Promise<void> {
    await this.#ledger.report(answer, retryAfterMs);
    this.#serve();
  }

  /** Takes back slots that were not used. They go to the next in line at once. */
  giveBack(slots: readonly Slot[]): void {
    if (slots.length === 0) return;
    for (const slot of slots) slot.unused();
    this.#serve();
  }

  /** Refuses every message that waits or comes. */
  shutDown(): void {
    this.#isShutDown = true;
    void this.#waiters.refuseAll(new NotSentError("shutting-down"));
  }

  #serve(): void {
    this.#mustServeAgain = true;
    if (!this.#isServing && this.#waiters.size > 0) void this.#serveAll();
  }

  async #serveAll(): Promise<void> {
    this.#isServing = true;
    this.#cancelTimer();
    while (this.#mustServeAgain) {
      this.#mustServeAgain = false;
      const head = this.#waiters.first;
      if (head === undefined || this.#isShutDown) break;
      const due = this.#due.length;
      const asked = { at: this.#clock.elapsed(), newcomers: this.#waiters.newcomers };
      const taken = await this.#ledger.take(head.request, this.#waiters.wished);
      if (taken.kind === "granted") {
        this.#grant(head, taken.slots);
        this.#mustServeAgain = true;
        continue;
      }
      await this.#refuse(taken, asked);
      await endAll(this.#due.splice(0, due), ({ last }) => new NotSentError(last.reason));
    }
    this.#isServing = false;
    if (this.#waiters.size === 0) this.#due = [];
  }

  /** Refuses who cannot wait. The others are served when the ledger may have slots again. */
  async #refuse(taken: Exclude<Taken, { kind: "granted" }>, asked: Asked): Promise<void> {
    if (taken.kind === "closed") {
      return await this.#waiters.refuseAll(new NotSentError("robot-closed", taken.forMs));
    }
    // Who came since is judged by the next answer: other replicas do not know of them yet.
    await this.#waiters.judge(taken, asked);
    const { waitsMs, notBeforeMs, askAgainMs = Number.POSITIVE_INFINITY } = taken;
    this.#serveAt(asked.at + Math.min(Math.max(waitsMs[0] ?? 0, notBeforeMs), askAgainMs));
  }

  /** A message that is late is of no use; one that has waited too long is, while its caller stays. */
  #grant(head: Waiter, slots: readonly Slot[]): void {
    const { until, reason } = head.last;
    const isBound = reason !== "over-budget" && head.isForDigest !== true;
    const isLate = isBound && this.#clock.elapsed() > until;
    // The head may have gone while the ledger was asked.
    if (isLate || this.#waiters.first !== head) for (const slot of slots) slot.unused();
    head.settle(isLate ? new NotSentError(reason) : slots);
  }

  #serveAt(time: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#after(time - this.#clock.elapsed(), () => this.#serve());
  }

  #after(delayMs: number, action: () => void): () => void {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    return this.#clock.after(Math.max(delayMs, 1), action);
  }
}
