import type { CancelSignal } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import { abortedError, NotSentError } from "./errors.ts";
import { type Ledger, type LimitReport, type Slot, type Taken, windowMs } from "./ledger.ts";
import { firstLimit, type Limits } from "./options.ts";

/** What a call asks of the queue. */
export interface SlotRequest extends Limits {
  /** Places that are wanted together. */
  readonly count: number;
  /** Messages in any minute, 0 for no limit. */
  readonly limit: number;
  readonly maxWaitMs: number;
  readonly maxQueue: number;
  readonly signal: CancelSignal;
}

interface Waiter {
  readonly request: SlotRequest;
  /** Told that it may wait, or not asked yet. */
  admitted: boolean;
  /** The latest moment at which it may be served. */
  readonly until: number;
  settle(outcome: readonly Slot[] | NotSentError): void;
}

/** Calls that wait for a robot's budget, first come, first served. */
export class RobotQueue {
  #ledger: Ledger;
  readonly #clock: Clock;
  readonly #waiters: Waiter[] = [];
  #cancelTimer = (): void => {};
  #serving = false;
  #isShutDown = false;
  #askAgain = false;

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Places that were taken go back to where they are from. */
  useLedger(ledger: Ledger): void {
    this.#ledger = ledger;
    this.#serve();
  }

  /** Calls that wait. */
  get length(): number {
    return this.#waiters.length;
  }

  left(limit: number): number {
    return this.#waiters.length > 0 ? 0 : this.#ledger.left(limit);
  }

  /**
   * Places in the budget, now or after a wait.
   *
   * @throws {NotSentError} at once when it would take too long, else when the wait is over
   */
  acquire(request: SlotRequest): Promise<readonly Slot[]> {
    return new Promise((resolve, reject) => {
      const { signal, maxWaitMs, deadlineAt, expiresAt } = request;
      const now = this.#clock.now();
      const until = Math.min(now + maxWaitMs, deadlineAt, expiresAt);
      const onAbort = (): void => waiter.settle(abortedError(signal));
      let cancelTimer = (): void => {};
      const waiter: Waiter = {
        request,
        admitted: false,
        until,
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
      if (until <= now && maxWaitMs > 0)
        return waiter.settle(new NotSentError(firstLimit(until, request)));
      if (until < Number.POSITIVE_INFINITY && maxWaitMs > 0) {
        // A place that comes free at the last moment still counts.
        cancelTimer = this.#clock.after(until - now + 1, () =>
          waiter.settle(new NotSentError(firstLimit(until, request))),
        );
      }
      this.#serve();
    });
  }

  /** Tells what an answer said of the robot's limit. */
  report(answer: LimitReport): void | Promise<void> {
    const reported = this.#ledger.report(answer);
    if (reported instanceof Promise) return reported.then(() => this.#serve());
    this.#serve();
  }

  /** Refuses everything that waits or comes. */
  shutDown(): void {
    this.#isShutDown = true;
    for (const waiter of [...this.#waiters]) waiter.settle(new NotSentError("shutting-down"));
  }

  #remove(waiter: Waiter): void {
    const index = this.#waiters.indexOf(waiter);
    if (index >= 0) this.#waiters.splice(index, 1);
  }

  #serve(): void {
    this.#askAgain = this.#serving;
    if (this.#serving) return;
    this.#cancelTimer();
    for (;;) {
      const head = this.#waiters[0];
      if (head === undefined) return;
      const askedAt = this.#clock.now();
      const taken = this.#ledger.take(head.request.count, head.request.limit);
      if (taken instanceof Promise) {
        this.#serveLater(head, taken, askedAt);
        return;
      }
      if (!this.#hand(head, taken, askedAt)) return;
    }
  }

  #serveLater(head: Waiter, asked: Promise<Taken>, askedAt: number): void {
    this.#serving = true;
    // A ledger answers in any case, so this does not fail.
    void asked.then((taken) => {
      const isNextDue = this.#hand(head, taken, askedAt);
      this.#serving = false;
      if (isNextDue || this.#askAgain) this.#serve();
    });
  }

  /** @returns whether the next in line may be asked for */
  #hand(head: Waiter, taken: Taken, askedAt: number): boolean {
    switch (taken.kind) {
      case "granted":
        if (this.#waiters[0] === head) head.settle(taken.slots.map((slot) => this.#watched(slot)));
        // It went away while the ledger was asked.
        else for (const slot of taken.slots) slot.unused();
        return true;
      case "closed":
        for (const waiter of [...this.#waiters]) {
          waiter.settle(new NotSentError("robot-closed", taken.forMs));
        }
        return false;
      case "probing":
        this.#admit([], askedAt);
        return false;
      case "full":
        this.#admit(taken.waitsMs, askedAt);
        this.#serveAt(
          askedAt + Math.min(taken.waitsMs[0] ?? 0, taken.askAgainMs ?? Number.POSITIVE_INFINITY),
        );
        return false;
    }
  }

  /** What is given back goes to the next in line at once. */
  #watched(slot: Slot): Slot {
    return {
      used: () => slot.used(),
      lost: () => slot.lost(),
      unused: () => {
        slot.unused();
        this.#serve();
      },
    };
  }

  #serveAt(time: number): void {
    const delayMs = Math.max(time - this.#clock.now(), 1);
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#serve());
  }

  /** Refuses those whose turn would come too late; once admitted, a call keeps its place. */
  #admit(waitsMs: readonly number[], askedAt: number): void {
    let ahead = 0;
    for (const [index, waiter] of [...this.#waiters].entries()) {
      const { count, limit, maxQueue, maxWaitMs } = waiter.request;
      ahead += count;
      if (waiter.admitted) continue;
      const waitMs = estimate(ahead, waitsMs, limit);
      if (index >= maxQueue) waiter.settle(new NotSentError("queue-full", waitMs));
      else if (maxWaitMs === 0 || askedAt + waitMs > waiter.until) {
        waiter.settle(new NotSentError(firstLimit(waiter.until, waiter.request), waitMs));
      } else waiter.admitted = true;
    }
  }
}

/** When the place comes that is so many places away, if every answer comes at once. */
function estimate(ahead: number, waitsMs: readonly number[], limit: number): number {
  if (waitsMs.length === 0 || limit === 0) return 0;
  const windows = Math.floor((ahead - 1) / limit);
  // Fewer places may be taken than the limit has: a call may want several of them.
  const index = Math.min((ahead - 1) % limit, waitsMs.length - 1);
  return (waitsMs[index] ?? 0) + windows * windowMs;
}
