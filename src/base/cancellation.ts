/**
 * Tells work that its result is no longer wanted. Every `AbortSignal` is a `CancelSignal`. A
 * listener is called at most once.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Why the work is to end: an error named `TimeoutError` if its time is up. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Tells a time that is up from a caller that went away, by the reason's name `TimeoutError`. */
export function isTimeUp({ reason }: Pick<CancelSignal, "reason">): boolean {
  return reason instanceof Error && reason.name === "TimeoutError";
}

/**
 * An `AbortController` and its signal in one object. Every message needs several; a real
 * `AbortController` with a listener costs as much time as the signature of an address.
 */
export class Cancellation implements CancelSignal {
  aborted = false;
  reason: unknown;
  readonly #listeners = new Set<() => void>();

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
  }
}

/** An `AbortSignal` that aborts with the given signal, for libraries that ask for a real one. */
export function toAbortSignal(signal: CancelSignal): AbortSignal {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  return controller.signal;
}
