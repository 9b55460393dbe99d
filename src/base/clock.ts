import { uptime } from "node:os";

/** The time, given as an argument, so that tests of time-bound promises need not wait. */
export interface Clock {
  /** The time of day for time stamps and signatures, in milliseconds since 1970. It may be set. */
  now(): number;
  /**
   * Milliseconds since an arbitrary moment, for durations. Nobody can set it, and the time that the
   * machine was suspended counts.
   */
  elapsed(): number;
  /** Runs the action once after `delayMs`, unless the returned function is called before. */
  after(delayMs: number, action: () => void): () => void;
}

/** What a machine tells of the time. */
export interface ClockReadings {
  /** Milliseconds since 1970, which may be set. */
  readonly wall: () => number;
  /** Milliseconds that nobody sets, and that stand still while the machine is suspended. */
  readonly monotonic: () => number;
  /** Milliseconds since the machine's start, suspensions included. Slow to read: a file on Linux. */
  readonly uptime: () => number;
}

/** A wall clock that moves by less than this against the monotonic one tells of no suspension. */
const driftMs = 1000;

/**
 * {@link Clock.elapsed} by these readings.
 *
 * A suspension and a wall clock that is set forward look alike: the wall clock moves against the
 * monotonic one. The uptime tells one from the other, and is read only then.
 */
export function createElapsed({ wall, monotonic, uptime }: ClockReadings): () => number {
  let wallAhead = wall() - monotonic();
  let uptimeAhead = uptime() - monotonic();
  let suspendedMs = 0;
  return () => {
    const now = monotonic();
    const ahead = wall() - now;
    const hasMoved = Math.abs(ahead - wallAhead) > driftMs;
    wallAhead = ahead;
    const sleptMs = hasMoved ? uptime() - now - uptimeAhead : 0;
    if (sleptMs > driftMs) {
      suspendedMs += sleptMs;
      uptimeAhead += sleptMs;
    }
    return now + suspendedMs;
  };
}

/** A timer of Node that is set to more runs at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: createElapsed({
    wall: () => Date.now(),
    // Whole milliseconds, as the wall clock has them: Redis and texts take no fractions.
    monotonic: () => Math.floor(performance.now()),
    uptime: () => Math.floor(uptime() * 1000),
  }),
  after: (delayMs, action) => {
    const timer = setTimeout(action, Math.min(delayMs, longestDelayMs));
    return () => clearTimeout(timer);
  },
};

/** How long a piece of work may take. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the work early with the signal's own reason. Without it, only time ends the work. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs work for a limited time and settles as the work does.
 *
 * The work gets a signal. The signal aborts with the caller's signal, or when the time is up; its
 * reason is then a `DOMException` named `TimeoutError`. Work that heeds the signal rejects with an
 * error of its own. Work that is still pending two turns of the event loop after the abort is
 * abandoned: the promise rejects with the signal's reason, and a later result is dropped. The two
 * turns let an answer count that arrived while this process was suspended.
 */
export function withinTime<T>(
  { clock, timeoutMs, signal }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const bounded = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (reason: unknown): void => {
      bounded.abort(reason);
      setImmediate(() => setImmediate(fail, reason));
    };
    const onAbort = (): void => end(signal?.reason);
    const cancel = clock.after(timeoutMs, () => {
      end(new DOMException("the time is up", "TimeoutError"));
    });
    const settled = (): void => {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown): void => {
      settled();
      reject(error);
    };
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    work(bounded.signal).then((value) => {
      settled();
      resolve(value);
    }, fail);
  });
}

/** Resolves after `ms` milliseconds. Rejects with the signal's reason if the signal aborts first. */
export function pause(options: {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { clock, ms, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort);
  });
}
