/** The most messages that are remembered after their end. */
const mostDone = 10_000;

/** The keys of messages that had their end, each until a time of its own. */
export class DoneKeys {
  /** When each key is forgotten, oldest key first. */
  readonly #forgetAt = new Map<string, number>();

  get size(): number {
    return this.#forgetAt.size;
  }

  /** @param now milliseconds on the clock that `add` counts by */
  has(key: string, now: number): boolean {
    return (this.#forgetAt.get(key) ?? Number.NEGATIVE_INFINITY) > now;
  }

  /** Adds a key. @returns whether another key was forgotten before its time */
  add(key: string, forgetAt: number, now: number): boolean {
    this.#forgetAt.delete(key);
    this.#forgetAt.set(key, forgetAt);
    this.#dropExpired(now);
    const [oldest] = this.#forgetAt.keys();
    if (this.#forgetAt.size <= mostDone || oldest === undefined) return false;
    this.#forgetAt.delete(oldest);
    return true;
  }

  /** Keys of one way in expire in the order in which they came. */
  #dropExpired(now: number): void {
    for (const [key, forgetAt] of this.#forgetAt) {
      if (forgetAt > now) return;
      this.#forgetAt.delete(key);
    }
  }
}
