/** How long Redis may take for an answer, in milliseconds. */
export const commandTimeoutMs = 1000;

interface Open {
  /** When the time of the command is up, by `performance.now`. */
  readonly until: number;
  reject(error: unknown): void;
}

/**
 * Gives each command the same time. One timer serves all commands that are under way: their times
 * are up in the order in which they began.
 */
export class CommandTimes {
  /** Oldest first. */
  readonly #open = new Set<Open>();
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void)[] = [];

  /**
   * Settles as the command does, or rejects with a `TimeoutError`. An answer counts that arrived
   * while this process was suspended: the time is up two turns of the event loop after the timer.
   */
  bound<T>(command: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const open = { until: performance.now() + commandTimeoutMs, reject };
      this.#open.add(open);
      this.#timer ??= setTimeout(this.#onTimer, commandTimeoutMs);
      command.then(
        (value) => {
          this.#close(open);
          resolve(value);
        },
        (error: unknown) => {
          this.#close(open);
          reject(error);
        },
      );
    });
  }

  /** Resolves when no command is under way. */
  idle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #close(open: Open): void {
    if (!this.#open.delete(open) || this.#open.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  readonly #onTimer = (): void => {
    setImmediate(() => setImmediate(() => this.#expire()));
  };

  #expire(): void {
    const now = performance.now();
    for (const open of this.#open) {
      if (open.until > now) break;
      open.reject(new DOMException("Redis took too long", "TimeoutError"));
      this.#close(open);
    }
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#timer = setTimeout(this.#onTimer, Math.max(oldest.until - now, 1));
  }
}
