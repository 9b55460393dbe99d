import type { Clock } from "../src/base/clock.ts";

/**
 * Timers that end with the sandbox, so that they do not keep the process. An action that throws, such
 * as one that meets a full disk, is reported and does not end the process.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #cancels = new Set<() => void>();
  #isClosed = false;

  constructor(clock: Clock, report: (error: unknown) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Runs the action once after `delayMs`, unless the returned function or `close` is called before. */
  after(delayMs: number, action: () => void): () => void {
    if (this.#isClosed) return () => {};
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      this.guard(action);
    });
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }

  /** Runs an action now, and reports what it throws. */
  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Cancels all timers, and those to come. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
