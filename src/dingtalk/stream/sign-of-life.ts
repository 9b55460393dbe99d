/** What is known of the life of a connection. Times are in milliseconds. */
export interface SignOfLife {
  /** When the peer sent something, on the monotonic clock. */
  readonly heardAt: number;
  /** When a ping was sent to which no frame came yet; undefined if none is open. */
  readonly pingedAt: number | undefined;
  /** The two clocks at the last look. */
  readonly lookedAt: Readings;
}

/** The clocks at one moment. */
export interface Readings {
  /** The monotonic clock. */
  readonly elapsedMs: number;
  /** The time of day. */
  readonly wallMs: number;
}

/** What a look decides. After `wait` and `ping`, the next look is due in `lookInMs`. */
export type LifeDecision =
  | { readonly type: "wait" | "ping"; readonly life: SignOfLife; readonly lookInMs: number }
  /** The peer answers no more, unless an answer lies unread in the socket. */
  | { readonly type: "judge" };

/** A silence of the peer that is followed by a ping. */
export const idleMs = 30_000;
/** How long the peer may take to answer a ping. */
const pongMs = 10_000;
/** The longest time between two looks. A sleep of the machine is noticed this late at most. */
const lookMs = 5000;
/** A clock that moves by as much more than it should tells of a sleep of the machine. */
const sleepMs = 20_000;

/** The life of a connection that has just opened, or whose peer has just sent something. */
export function heard(now: Readings, lookedAt: Readings = now): SignOfLife {
  return { heardAt: now.elapsedMs, pingedAt: undefined, lookedAt };
}

/**
 * Decides whether a connection is pinged or judged. DingTalk promises no frames to a quiet robot, so
 * only the answer to a ping counts.
 *
 * After a sleep, the time that passed says nothing: a ping is sent at once and gets its full time.
 */
export function look(life: SignOfLife, now: Readings): LifeDecision {
  const seen = { ...life, lookedAt: now };
  if (hasSlept(life.lookedAt, now)) return ping(seen, now);
  if (life.pingedAt !== undefined) {
    const leftMs = life.pingedAt + pongMs - now.elapsedMs;
    return leftMs <= 0 ? { type: "judge" } : wait(seen, leftMs);
  }
  const leftMs = life.heardAt + idleMs - now.elapsedMs;
  return leftMs <= 0 ? ping(seen, now) : wait(seen, leftMs);
}

/**
 * Some systems count a sleep on the monotonic clock and some do not: then only the wall clock moves.
 */
function hasSlept(before: Readings, now: Readings): boolean {
  const elapsedMs = now.elapsedMs - before.elapsedMs;
  const wallMs = now.wallMs - before.wallMs;
  return Math.abs(wallMs - elapsedMs) > sleepMs || elapsedMs > lookMs + sleepMs;
}

function ping(life: SignOfLife, now: Readings): LifeDecision {
  return { type: "ping", life: { ...life, pingedAt: now.elapsedMs }, lookInMs: lookMs };
}

function wait(life: SignOfLife, leftMs: number): LifeDecision {
  return { type: "wait", life, lookInMs: Math.min(leftMs, lookMs) };
}
