/** The wait for the app's answer to one hand-over. */
export class AnswerWait {
  readonly #late = new AbortController();
  readonly #over = new AbortController();

  /** Aborts when the time for the answer is up. The body of the message may be forgotten then. */
  get isLate(): AbortSignal {
    return this.#late.signal;
  }

  /** Aborts when nobody waits for the answer any more. */
  get isOver(): AbortSignal {
    return this.#over.signal;
  }

  becomeLate(): void {
    this.#late.abort();
  }

  end(): void {
    this.#late.abort();
    this.#over.abort();
  }
}
