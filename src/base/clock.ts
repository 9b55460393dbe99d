import { Cancellation, type CancelSignal } from "./cancellation.ts";

/** Time as an argument, so that every time-bound promise is tested without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs the action once after so many milliseconds, unless the returned function is called. */
  after(delayMs: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A limit of time on a piece of work. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Aborts the work as well. */
  readonly signal: CancelSignal;
}

/**
 * Runs work under a signal that aborts with the caller's or, named `TimeoutError`, when the time
 * is up.
 */
export async function withinTime<T>(
  { clock, timeoutMs, signal }: TimeLimit,
  work: (signal: CancelSignal) => Promise<T>,
): Promise<T> {
  const bounded = new Cancellation();
  const onAbort = (): void => bounded.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  const cancel = clock.after(timeoutMs, () => {
    bounded.abort(new DOMException("the time is up", "TimeoutError"));
  });
  try {
    return await work(bounded);
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Resolves after so many milliseconds; rejects with the signal's reason when it aborts before. */
export function pause(options: {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal: CancelSignal;
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
