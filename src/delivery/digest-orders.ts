import { NotSentError, type NotSentReason } from "./errors.ts";
import type { Terms } from "./job.ts";
import type { Slot } from "./ledger.ts";
import type { SlotQueue } from "./queue.ts";

/** A message that waits for a digest. */
export interface Packed {
  readonly job: Terms;
  /** See `Channel.digestShare`. */
  readonly share: number;
  /** Ends the wait of the caller. */
  settle(error: unknown): void;
}

interface DigestOrdersDeps<P extends Packed> {
  readonly queue: SlotQueue;
  /** The messages that wait now, in order. */
  readonly waiting: () => Iterable<P>;
  /** Takes over a slot that was ordered. */
  readonly onSlots: (slots: readonly Slot[]) => Promise<void>;
}

/** Refusals that concern the terms of one message: another one may be able to wait longer. */
const ownReasons: ReadonlySet<NotSentReason> = new Set(["over-budget", "deadline", "expired"]);

/**
 * Waits in the queue for as many slots as the messages need that wait for a digest. The queue then
 * counts each digest for those who come later. A message for which no slot comes in time fails at
 * once, and not when its time is up.
 */
export class DigestOrders<P extends Packed> {
  readonly #deps: DigestOrdersDeps<P>;
  #orders: AbortController[] = [];
  /** The digests that the messages fill, and how full the last one is. */
  #digests = 0;
  #filled = 0;

  constructor(deps: DigestOrdersDeps<P>) {
    this.#deps = deps;
  }

  /** How many slots are waited for. */
  get length(): number {
    return this.#orders.length;
  }

  /** Counts a message behind all others. */
  add(message: P): void {
    this.#pack(message);
    if (this.#digests > this.#orders.length) void this.#order(message);
  }

  /** Counts all messages anew after some of them have gone. */
  update(): void {
    this.#digests = 0;
    this.#filled = 0;
    for (const message of this.#deps.waiting()) this.add(message);
    for (const order of this.#orders.splice(this.#digests)) order.abort();
  }

  #pack({ share }: P): void {
    const fits = this.#digests > 0 && this.#filled + share <= 1;
    this.#digests += fits ? 0 : 1;
    this.#filled = fits ? this.#filled + share : share;
  }

  /** Orders a slot on the terms of the message that needs it. */
  async #order(message: P): Promise<void> {
    const order = new AbortController();
    this.#orders.push(order);
    const { signal } = order;
    const wish = { count: 1, overflow: "wait", signal, isForDigest: true } as const;
    let slots: readonly Slot[];
    try {
      slots = await this.#deps.queue.acquire(message.job, wish);
    } catch (error) {
      this.#remove(order);
      if (!signal.aborted) this.#refuse(message, error);
      return;
    }
    this.#remove(order);
    await this.#deps.onSlots(slots);
  }

  #remove(order: AbortController): void {
    this.#orders = this.#orders.filter((other) => other !== order);
  }

  #refuse(message: P, error: unknown): void {
    const isOwn = error instanceof NotSentError && ownReasons.has(error.reason);
    for (const refused of isOwn ? [message] : this.#withoutOrder()) refused.settle(error);
    this.update();
  }

  /** The messages that the ordered slots cannot bring. */
  #withoutOrder(): P[] {
    this.#digests = 0;
    return [...this.#deps.waiting()].filter((message) => {
      this.#pack(message);
      return this.#digests > this.#orders.length;
    });
  }
}
