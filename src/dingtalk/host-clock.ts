/** Differences below 5 s are network latency, not clock skew. */
const toleranceMs = 5000;
/** A host that is further away than this tells nonsense. */
const longestOffsetMs = 24 * 3_600_000;

/** How far the clock of a robot's host is from this machine's, as its answers showed. */
export class HostClock {
  /** The host's clock minus this machine's, in milliseconds. */
  offsetMs = 0;

  /**
   * Follows the time that the host told.
   *
   * @param date a `Date` header; undefined where the answer had none
   * @param nowMs this machine's time, milliseconds since 1970
   * @returns whether the clock is set anew, so that another signature may be accepted
   */
  correct(date: string | undefined, nowMs: number): boolean {
    const offsetMs = Date.parse(date ?? "") - nowMs;
    // A comparison with NaN, from a date that cannot be read, is false.
    const isSensible = Math.abs(offsetMs) <= longestOffsetMs;
    if (!isSensible || Math.abs(offsetMs - this.offsetMs) < toleranceMs) return false;
    this.offsetMs = offsetMs;
    return true;
  }
}
