import type { Clock } from "../base/clock.ts";
import type { AnswerWait } from "./answer-wait.ts";
import type { Session } from "./received-message.ts";

/** The most late answers that a process waits for. */
export const mostLateWaits = 1000;
/** The longest life of a session that was ever seen. No answer can be said after it. */
const longestWaitMs = 5_400_000;

/** The waits for answers whose time is up, each until the answer cannot be said any more. */
export class LateWaits {
  readonly #clock: Clock;
  readonly #onForgotten: () => void;
  /** What cancels the end of each wait, oldest wait first. */
  readonly #cancels = new Map<AnswerWait, () => void>();

  /** @param onForgotten hears that a wait was ended before its time, because there are too many */
  constructor(clock: Clock, onForgotten: () => void) {
    this.#clock = clock;
    this.#onForgotten = onForgotten;
  }

  /** Keeps a wait until the session expires, if there is one. */
  add(wait: AnswerWait, session: Session | undefined): void {
    wait.becomeLate();
    const leftMs = session === undefined ? 0 : session.expiresAt - this.#clock.now();
    if (leftMs <= 0) {
      wait.end();
      return;
    }
    const cancel = this.#clock.after(Math.min(leftMs, longestWaitMs), () => this.#end(wait));
    this.#cancels.set(wait, cancel);
    const [oldest] = this.#cancels.keys();
    if (this.#cancels.size <= mostLateWaits || oldest === undefined) return;
    this.#end(oldest);
    this.#onForgotten();
  }

  /** Takes out a wait whose answer came, if it is here. */
  remove(wait: AnswerWait): void {
    this.#cancels.get(wait)?.();
    this.#cancels.delete(wait);
  }

  /** Ends all waits. */
  close(): void {
    for (const wait of [...this.#cancels.keys()]) this.#end(wait);
  }

  #end(wait: AnswerWait): void {
    this.remove(wait);
    wait.end();
  }
}
