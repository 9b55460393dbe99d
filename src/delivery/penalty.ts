/** How a target stands after throttle answers. */
export interface Penalty {
  /** Throttle answers in a row. */
  readonly strikes: number;
  readonly closedForMs: number;
}

const firstPenaltyMs = 60_000;
/** The longest penalty of an answer that names no time. */
export const longestPenaltyMs = 600_000;
const banMs = 300_000;

/** An answer that names a longer time is not believed. */
const longestRetryAfterMs = 3_600_000;

/**
 * How long a target stays closed after its n-th throttle answer in a row, in milliseconds: as long
 * as the answer says, if it does.
 */
export function penaltyMs(
  strikes: number,
  answer: "throttled" | "banned",
  retryAfterMs?: number,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, longestRetryAfterMs);
  const doubled = Math.min(firstPenaltyMs * 2 ** (strikes - 1), longestPenaltyMs);
  return answer === "banned" ? Math.max(doubled, banMs) : doubled;
}
