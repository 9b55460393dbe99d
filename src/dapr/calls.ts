import { shuttingDown } from "./errors.ts";

/** Counts the calls in flight and refuses new ones once the process is to end. */
export class Calls {
  #inFlight = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  /**
   * @returns to be called when the call is answered
   * @throws {BindingError} of UNAVAILABLE while draining
   */
  enter(): () => void {
    if (this.#draining) throw shuttingDown();
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle?.();
    };
  }

  /** Refuses new calls; resolves when the ones in flight have been answered. */
  drain(): Promise<void> {
    this.#draining = true;
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
