/** DingTalk's months begin in Shanghai, which has had no summer time since 1991. */
const shanghaiOffsetMs = 8 * 3_600_000;

/** Counts the POSTs that this process makes for each robot in the current month. */
export class MonthlyPosts {
  #month = "";
  readonly #counts = new Map<string, number>();

  /**
   * Counts one POST.
   *
   * @param now milliseconds since 1970
   */
  add(robot: string, now: number): void {
    this.#counts.set(robot, this.of(robot, now) + 1);
  }

  /** The POSTs of the month that `now` lies in. */
  of(robot: string, now: number): number {
    const month = new Date(now + shanghaiOffsetMs).toISOString().slice(0, "2026-01".length);
    if (month !== this.#month) this.#counts.clear();
    this.#month = month;
    return this.#counts.get(robot) ?? 0;
  }
}
