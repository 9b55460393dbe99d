import { monthOf } from "../../src/dingtalk/limits.ts";

/** How many messages a robot accepted in the running month of DingTalk. */
export class MonthlyCount {
  #month = "";
  #count = 0;

  /** @param now milliseconds since 1970 */
  add(now: number): void {
    this.#count = this.at(now) + 1;
    this.#month = monthOf(now);
  }

  /** The count in the month of `now`, in milliseconds since 1970. */
  at(now: number): number {
    return this.#month === monthOf(now) ? this.#count : 0;
  }
}
