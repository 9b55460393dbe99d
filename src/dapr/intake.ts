import type { Clock } from "../base/clock.ts";

/** How many messages may be half received, whatever their size. */
const mostAtOnce = 8;
/** Bytes that may arrive while more messages than that are half received. */
const mostBytes = 32 * 1024 * 1024;
const lookMs = 20;

/**
 * Bounds the memory of messages that are half received. gRPC tells their size only at their end, so
 * this class looks at what all connections have received.
 */
export class Intake {
  readonly #clock: Clock;
  readonly #bytesRead: () => number;
  /** What refuses each message that is half received, oldest first. */
  readonly #receiving = new Set<() => void>();
  #bytesBefore = 0;
  #isWatching = false;

  /** @param bytesRead what all connections of the process have received so far */
  constructor(clock: Clock, bytesRead: () => number) {
    this.#clock = clock;
    this.#bytesRead = bytesRead;
  }

  /**
   * Notes that a message begins to arrive.
   *
   * @param refuse ends the call; called at most once
   * @returns a function to call when the message is there or its call is over
   */
  enter(refuse: () => void): () => void {
    const own = (): void => refuse();
    this.#receiving.add(own);
    if (this.#receiving.size > mostAtOnce && !this.#isWatching) {
      this.#bytesBefore = this.#bytesRead();
      this.#watch();
    }
    return () => this.#receiving.delete(own);
  }

  #watch(): void {
    this.#isWatching = true;
    this.#clock.after(lookMs, () => {
      this.#isWatching = false;
      if (this.#receiving.size <= mostAtOnce) return;
      if (this.#bytesRead() - this.#bytesBefore > mostBytes) this.#refuseNewest();
      else this.#watch();
    });
  }

  #refuseNewest(): void {
    for (const refuse of [...this.#receiving].slice(mostAtOnce)) {
      this.#receiving.delete(refuse);
      refuse();
    }
  }
}
