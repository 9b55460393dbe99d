import type { Fault, FaultEffect } from "../api/types.ts";

/**
 * When a fault may hit: a request to `/robot/send` or to a session webhook, a request for a
 * connection, its upgrade, or a message that is pushed on it.
 */
export type FaultMoment = "message" | "reply" | "open" | "handshake" | "push";

/** The moments of the faults that hit something other than requests with messages. */
const moments: Partial<Readonly<Record<FaultEffect["type"], FaultMoment>>> = {
  "session-expired": "reply",
  "open-status": "open",
  "open-hang": "open",
  "handshake-status": "handshake",
  "handshake-hang": "handshake",
  "ticket-expired": "handshake",
  "early-frame": "handshake",
  "no-pong": "push",
  zombie: "push",
  cut: "push",
  "cut-after-frame": "push",
  disconnect: "push",
  garbage: "push",
  duplicate: "push",
  slow: "push",
};

function momentOf({ effect, hits = "message" }: Fault): FaultMoment {
  return moments[effect.type] ?? hits;
}

/** The faults of one robot. */
export class Faults {
  #faults: readonly Fault[] = [];

  /** The faults that still apply, in their order. */
  get list(): readonly Fault[] {
    return this.#faults;
  }

  /** Replaces all faults. */
  set(faults: readonly Fault[]): void {
    this.#faults = faults.filter(({ next }) => next !== 0);
  }

  /**
   * Takes the first fault that applies at a moment, and counts it down.
   *
   * @param random returns a number from 0 to below 1
   */
  take(moment: FaultMoment, random: () => number): FaultEffect | undefined {
    const fault = this.#faults
      .filter((each) => momentOf(each) === moment)
      .find(({ next, share = 0 }) => next !== undefined || random() < share);
    if (fault?.next === undefined) return fault?.effect;
    const counted = { ...fault, next: fault.next - 1 };
    this.set(this.#faults.map((other) => (other === fault ? counted : other)));
    return fault.effect;
  }
}

/** Faults that hit the answer only: the robot judges the message as usual. */
const answerFaults = ["delay", "truncated", "lost-answer"] as const;

/** A fault that keeps the message from the robot. */
export type BlockingFault = Exclude<FaultEffect, { type: (typeof answerFaults)[number] }>;

/** Whether a fault keeps the message from the robot. */
export function isBlocking(effect: FaultEffect): effect is BlockingFault {
  return !answerFaults.some((type) => type === effect.type);
}

/** Says what a fault did, in one sentence without a full stop. */
export function describeFault(effect: FaultEffect): string {
  switch (effect.type) {
    case "errcode":
      return `a fault was set: errcode ${effect.errcode}`;
    case "http-status":
      return `a fault was set: HTTP ${effect.status}`;
    case "delay":
      return `a fault was set: the answer came ${effect.delayMs} ms late`;
    default:
      return `a fault was set: ${descriptions[effect.type]}`;
  }
}

const descriptions = {
  html: "an HTML page instead of an answer",
  hang: "no answer at all",
  reset: "the connection was reset",
  truncated: "the answer broke off in the middle",
  redirect: "HTTP 302",
  "lost-answer": "the answer was lost",
  "session-expired": "the session counts as expired",
  "open-status": "no connection was granted",
  "open-hang": "the request for a connection got no answer",
  "handshake-status": "the upgrade was refused",
  "handshake-hang": "the upgrade got no answer",
  "ticket-expired": "the ticket counts as expired",
  "early-frame": "the message came with the answer to the upgrade",
  "no-pong": "the connection fell silent",
  zombie: "the connection delivers nothing",
  cut: "the connection was reset",
  "cut-after-frame": "the connection was reset after the message",
  disconnect: "a disconnect frame followed",
  garbage: "a strange frame came first",
  duplicate: "the message was pushed twice",
  slow: "the message was pushed late",
};
