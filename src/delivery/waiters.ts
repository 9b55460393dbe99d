import { setImmediate } from "node:timers/promises";
import { NotSentError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { Forecast } from "./forecast.ts";
import type { lastMoment } from "./job.ts";
import type { Full, Slot, SlotRequest } from "./ledger.ts";

/** What a message wants of the queue. */
export interface SlotWish {
  /** How many slots the message needs. It gets all of them together or none. */
  readonly count: number;
  /** What happens if the slots are not free at once. */
  readonly overflow: "wait" | "reject" | "digest";
  readonly signal: AbortSignal;
  /**
   * Whether the slot is for a digest, which takes along the messages that come meanwhile. The terms
   * decide whether the wish is admitted. Once admitted, it waits as long as it takes.
   */
  readonly isForDigest?: boolean;
}

/** The slots of a message, or that the message belongs into a digest. */
export type Admission = readonly Slot[] | "digest";

/** A message that waits. */
export interface Waiter extends SlotWish {
  readonly request: SlotRequest;
  readonly maxQueue: number;
  /** The last moment at which the waiter may be served, and why it is the last. */
  readonly last: ReturnType<typeof lastMoment>;
  /** Whether the waiter may wait until its last moment. */
  isAdmitted: boolean;
  /** Called once, when the waiter is admitted. */
  onAdmitted(): void;
  /** Ends the wait. Only the first call counts. */
  settle(outcome: Admission | NotSentError): void;
}

/** A question to the ledger. */
export interface Asked {
  /** By `Clock.elapsed`. */
  readonly at: number;
  /** How many waiters had not been judged at that time. */
  readonly newcomers: number;
}

/**
 * How many waits are judged or ended in one turn of the event loop. One wait takes up to 0.1 ms with
 * its answer to daprd, so 100,000 of them in one turn would hold the loop for seconds.
 */
const waitsPerTurn = 100;

/** Those who wait for slots of one target. */
export class Waiters {
  readonly #line = new Fifo<Waiter>();
  /** Who was not judged yet: admitted or refused. */
  readonly #unjudged = new Set<Waiter>();
  /** What the admitted ones want. */
  readonly #forecast: Forecast;
  #digests = 0;
  #wished = 0;

  constructor(windowMs: number) {
    this.#forecast = new Forecast(windowMs);
  }

  /** How many wait. */
  get size(): number {
    return this.#line.size;
  }

  /** How many slots all of them want. */
  get wished(): number {
    return this.#wished;
  }

  /** How many were not judged yet. */
  get newcomers(): number {
    return this.#unjudged.size;
  }

  /** Who came before all others. */
  get first(): Waiter | undefined {
    return this.#line.first;
  }

  add(waiter: Waiter): void {
    this.#line.add(waiter);
    this.#unjudged.add(waiter);
    this.#wished += waiter.count;
    if (waiter.isForDigest) this.#digests += 1;
  }

  /** @returns whether the waiter still waited */
  delete(waiter: Waiter): boolean {
    if (!this.#line.delete(waiter)) return false;
    this.#unjudged.delete(waiter);
    this.#wished -= waiter.count;
    if (waiter.isForDigest) this.#digests -= 1;
    if (waiter.isAdmitted) this.#forecast.remove(waiter.request);
    return true;
  }

  /**
   * Refuses those who are new and whose slots may come too late. The others are admitted for good.
   * Many are judged in several turns of the event loop.
   */
  async judge(full: Full, { at, newcomers }: Asked): Promise<void> {
    let judged = 0;
    for (const waiter of this.#unjudged) {
      if (judged === newcomers) break;
      if (judged > 0 && judged % waitsPerTurn === 0) await setImmediate();
      judged += 1;
      // The waiter may have gone in a turn between.
      if (!this.#unjudged.delete(waiter)) continue;
      const verdict = this.#judgeOne(waiter, full, at);
      if (verdict !== "wait") {
        waiter.settle(verdict);
        continue;
      }
      waiter.isAdmitted = true;
      waiter.onAdmitted();
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
      return new NotSentError("queue-full", waitMs, overflow);
    }
    const isInTime = overflow !== "reject" && askedAt + waitMs <= last.until;
    if (!isInTime) return new NotSentError(last.reason, waitMs, overflow);
    return overflow;
  }

  /** Ends every wait of now with this error. Who comes meanwhile still waits. */
  async refuseAll(error: NotSentError): Promise<void> {
    await endAll([...this.#line.values()], () => error);
  }
}

/** Ends the waits with an error: the first ones at once, many in several turns of the event loop. */
export async function endAll(
  waiters: readonly Waiter[],
  errorFor: (waiter: Waiter) => NotSentError,
): Promise<void> {
  for (const [index, waiter] of waiters.entries()) {
    if (index > 0 && index % waitsPerTurn === 0) await setImmediate();
    waiter.settle(errorFor(waiter));
  }
}
