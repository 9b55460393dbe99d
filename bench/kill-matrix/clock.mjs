// A clock that goes as the system's does and can be moved on: minutes of waiting take no minutes.
import { setImmediate, setTimeout as sleep } from "node:timers/promises";

/**
 * @typedef {import("../../src/base/clock.ts").Clock} Clock
 * @typedef {{ at: number, action: () => void, real: NodeJS.Timeout | undefined }} Timer
 */

/** The longest step of a move, in milliseconds. The programs notice nothing of shorter ones. */
const stepMs = 1000;
/** The longest delay that `setTimeout` takes. */
const longestDelayMs = 2 ** 31 - 1;

/** @implements {Clock} */
export class MovableClock {
  #startedAt = performance.now();
  #wallStart = Date.now();
  #movedMs = 0;
  /** @type {Set<Timer>} */
  #timers = new Set();

  elapsed = () => performance.now() - this.#startedAt + this.#movedMs;

  now = () => Math.floor(this.#wallStart + this.elapsed());

  /** @type {Clock["after"]} */
  after = (delayMs, action) => {
    /** @type {Timer} */
    const timer = { at: this.elapsed() + delayMs, action, real: undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#drop(timer);
  };

  /**
   * Lets time pass, in steps after each of which every program may read what came.
   *
   * @param {number} ms
   */
  async move(ms) {
    for (let left = ms; left > 0; left -= stepMs) {
      this.#movedMs += Math.min(left, stepMs);
      for (const timer of this.#due()) if (this.#timers.has(timer)) this.#run(timer);
      for (let turn = 0; turn < 10; turn += 1) await setImmediate();
      await sleep(1);
    }
  }

  #due() {
    const now = this.elapsed();
    return [...this.#timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
  }

  /** @param {Timer} timer */
  #arm(timer) {
    const delayMs = Math.ceil(Math.max(timer.at - this.elapsed(), 0));
    timer.real = setTimeout(() => this.#look(timer), Math.min(delayMs, longestDelayMs));
  }

  /** @param {Timer} timer */
  #look(timer) {
    if (timer.at > this.elapsed()) this.#arm(timer);
    else this.#run(timer);
  }

  /** @param {Timer} timer */
  #run(timer) {
    this.#drop(timer);
    timer.action();
  }

  /** @param {Timer} timer */
  #drop(timer) {
    clearTimeout(timer.real);
    this.#timers.delete(timer);
  }
}
