/** How many messages a robot accepted in the running month (UTC). */
export class MonthlyCount {
  #month = "";
  #count = 0;

  /** @param now milliseconds since 1970 */
  add(now: number): void {
    this.#count = this.at(now) + 1;
    this.#month = monthOf(now);
  }

  /** The count in the month of that moment. */
  at(now: number): number {
    return this.#month === monthOf(now) ? this.#count : 0;
  }
}

function monthOf(now: number): string {
  return new Date(now).toISOString().slice(0, "2026-01".length);
}
