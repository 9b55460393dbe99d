/** Names the month of a moment, in milliseconds since 1970. */
type MonthOf = (timeMs: number, timeZone?: string) => string;

/** The POSTs of one robot in one month. */
interface Count {
  readonly month: string;
  readonly timeZone: string | undefined;
  posts: number;
}

/** Counts the POSTs that this process made for each robot in the running month. */
export class MonthlyPosts {
  readonly #monthOf: MonthOf;
  readonly #counts = new Map<string, Count>();

  constructor(monthOf: MonthOf) {
    this.#monthOf = monthOf;
  }

  /** Counts one POST made at `timeMs`, in milliseconds since 1970. */
  add(
    { robot, timeZone }: { readonly robot: string; readonly timeZone?: string | undefined },
    timeMs: number,
  ): void {
    const month = this.#monthOf(timeMs, timeZone);
    const count = this.#counts.get(robot);
    if (count?.month === month) {
      count.posts += 1;
      return;
    }
    this.#dropFormer(timeMs);
    this.#counts.set(robot, { month, timeZone, posts: 1 });
  }

  /** The robot's POSTs in the month of `timeMs`. */
  of(robot: string, timeMs: number): number {
    const count = this.#counts.get(robot);
    if (count === undefined) return 0;
    return this.#monthOf(timeMs, count.timeZone) === count.month ? count.posts : 0;
  }

  /** A robot that is gone leaves no count behind. */
  #dropFormer(timeMs: number): void {
    for (const robot of this.#counts.keys()) {
      if (this.of(robot, timeMs) === 0) this.#counts.delete(robot);
    }
  }
}
