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
