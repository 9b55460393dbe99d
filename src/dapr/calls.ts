import { shuttingDown, tooManyBytes } from "./errors.ts";

/** A call that has no answer yet. */
export interface CallInFlight {
  /** Length of the data that the call brought. */
  readonly bytes: number;
  /** Asks the handler to end, so that its own answer says what became of the call. */
  abort(): void;
  /** Answers in the handler's place. */
  abandon(): void;
}

/** Data of calls in flight, in bytes. A quarter of the memory that the manifests allow. */
const mostBytes = 64 * 1024 * 1024;

/** Counts the calls in flight and their data. Once told to drain, refuses new calls. */
export class Calls {
  readonly #inFlight = new Set<CallInFlight>();
  #bytes = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  /**
   * Counts a call in.
   *
   * @throws {BindingError} of UNAVAILABLE after {@link drain}, of RESOURCE_EXHAUSTED while the calls
   * in flight hold too much data
   */
  enter(call: CallInFlight): void {
    if (this.#draining) throw shuttingDown();
    if (this.#bytes > 0 && this.#bytes + call.bytes > mostBytes) throw tooManyBytes();
    this.#bytes += call.bytes;
    this.#inFlight.add(call);
  }

  /** Counts a call out, once it is answered. */
  leave(call: CallInFlight): void {
    if (!this.#inFlight.delete(call)) return;
    this.#bytes -= call.bytes;
    if (this.#inFlight.size === 0) this.#onIdle?.();
  }

  /** Refuses new calls from now on. Resolves when all calls in flight are answered. */
  drain(): Promise<void> {
    this.#draining = true;
    if (this.#inFlight.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Asks all handlers to end. */
  abort(): void {
    for (const call of this.#inFlight) call.abort();
  }

  /** Answers all calls whose handlers did not end. */
  abandon(): void {
    for (const call of this.#inFlight) call.abandon();
  }
}
