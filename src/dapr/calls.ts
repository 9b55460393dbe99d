import { shuttingDown } from "./errors.ts";

/** Counts the calls in flight and, once told to drain, refuses new calls. */
export class Calls {
  #inFlight = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  /**
   * Counts a call in.
   *
   * @returns a function that counts the call out, to be called once it is answered
   * @throws {BindingError} of UNAVAILABLE after {@link drain}
   */
  enter(): () => void {
    if (this.#draining) throw shuttingDown();
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle?.();
    };
  }

  /** Refuses new calls from now on. Resolves when all calls in flight are answered. */
  drain(): Promise<void> {
    this.#draining = true;
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
