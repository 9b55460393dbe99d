import type { Clock } from "../../src/base/clock.ts";

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** A clock that stands still until a test lets time pass. Its two readings differ. */
export class FakeClock implements Clock {
  #now = 0;
  /** What the wall clock shows when {@link elapsed} is 0: milliseconds since 1970. */
  #wallStart: number;
  #timers: Timer[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#wallStart = now;
  }

  now = (): number => this.#wallStart + this.#now;

  elapsed = (): number => this.#now;

  after = (delayMs: number, action: () => void): (() => void) => {
    const timer = { at: this.#now + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** The number of timers that wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** In how many milliseconds the next timer runs. Undefined if none waits. */
  get nextInMs(): number | undefined {
    if (this.#timers.length === 0) return undefined;
    return Math.max(Math.min(...this.#timers.map(({ at }) => at)) - this.#now, 0);
  }

  /** Sets the wall clock, as an administrator does: no time passes. */
  set(byMs: number): void {
    this.#wallStart += byMs;
  }

  /** Lets time pass. Runs the actions that fall due, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = until;
  }
}
