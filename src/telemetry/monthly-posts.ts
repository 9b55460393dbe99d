/** Counts the POSTs that this process made for each robot in the running month. */
export class MonthlyPosts {
  readonly #monthOf: (timeMs: number) => string;
  #month = "";
  readonly #counts = new Map<string, number>();

  /** @param monthOf names the month of a moment, in milliseconds since 1970 */
  constructor(monthOf: (timeMs: number) => string) {
    this.#monthOf = monthOf;
  }

  /** Counts one POST made at `timeMs`, in milliseconds since 1970. */
  add(robot: string, timeMs: number): void {
    this.#counts.set(robot, this.of(robot, timeMs) + 1);
  }

  /** The robot's POSTs in the month of `timeMs`, which is never before that of an earlier call. */
  of(robot: string, timeMs: number): number {
    const month = this.#monthOf(timeMs);
    if (month !== this.#month) this.#counts.clear();
    this.#month = month;
    return this.#counts.get(robot) ?? 0;
  }
}
