import { monthOf } from "../../src/dingtalk/limits.ts";

/** Counts the messages that a robot accepted in the running month. */
export class MonthlyCount {
  #month = "";
  #count = 0;

  /** Counts one message accepted at `timeMs`, in milliseconds since 1970. */
  add(timeMs: number): void {
    this.#count = this.at(timeMs) + 1;
    this.#month = monthOf(timeMs);
  }

  /** The count in the month of `timeMs`. */
  at(timeMs: number): number {
    return this.#month === monthOf(timeMs) ? this.#count : 0;
  }
}
