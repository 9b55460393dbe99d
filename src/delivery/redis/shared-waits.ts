import { type Clock, pause } from "../../base/clock.ts";
import { abortedError } from "../errors.ts";
import type { SharedRedis } from "./redis.ts";

/** What several calls of this process may wait for. */
export interface Awaited {
  /** Where another replica tells of news. */
  readonly channel: string;
  readonly signal: AbortSignal;
}

/** What a question found: an answer, or that it has to be asked again after so many milliseconds. */
export type Found<T> = { readonly known: T } | { readonly againInMs: number };

/** How often a call asks that cannot hear news, because the Redis does not let it. */
const deafMs = 1000;

/**
 * Calls that wait for other replicas. They sleep until there is news. Of those that wait for the
 * same, only the first one asks; the next one asks when that one knows.
 */
export class SharedWaits {
  readonly #redis: SharedRedis;
  readonly #clock: Clock;
  /** When the last one in the line for a channel has been served. */
  readonly #lines = new Map<string, Promise<void>>();

  constructor(redis: SharedRedis, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  /**
   * Asks until there is an answer.
   *
   * @throws {NotSentError} when the signal aborts
   */
  async until<T>({ channel, signal }: Awaited, ask: () => Promise<Found<T>>): Promise<T> {
    const { before, leave } = this.#enter(channel);
    let news = new AbortController();
    const subscription = await this.#redis.listen(channel, () => news.abort());
    try {
      await settledOrAborted(before, signal);
      for (;;) {
        if (signal.aborted) throw abortedError(signal);
        // News that comes while Redis is asked counts: the answer may be older.
        news = new AbortController();
        const found = await ask();
        if ("known" in found) return found.known;
        const ms = subscription.isOpen ? found.againInMs : Math.min(found.againInMs, deafMs);
        const either = AbortSignal.any([signal, news.signal]);
        await pause({ clock: this.#clock, ms: Math.max(ms, 1), signal: either }).catch(() => {});
      }
    } finally {
      subscription.end();
      leave();
    }
  }

  /** Enters the line for a channel. A call that leaves early still lets those before it go first. */
  #enter(channel: string): { readonly before: Promise<void>; readonly leave: () => void } {
    const before = this.#lines.get(channel) ?? Promise.resolve();
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    const line = Promise.all([before, left]).then(() => {
      if (this.#lines.get(channel) === line) this.#lines.delete(channel);
    });
    this.#lines.set(channel, line);
    return { before, leave };
  }
}

function settledOrAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    void work.then(resolve);
  });
}
