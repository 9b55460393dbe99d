import type { Fault, FaultEffect } from "../api/types.ts";

/** The faults of one robot. */
export class Faults {
  #faults: readonly Fault[] = [];

  /** Those that still apply, in their order. */
  get list(): readonly Fault[] {
    return this.#faults;
  }

  /** In place of all that were set. */
  set(faults: readonly Fault[]): void {
    this.#faults = faults.filter(({ next }) => next !== 0);
  }

  /**
   * The first fault that applies to a request, counted.
   *
   * @param random from 0 to below 1
   */
  take(random: () => number): FaultEffect | undefined {
    const fault = this.#faults.find(
      ({ next, share = 0 }) => next !== undefined || random() < share,
    );
    if (fault?.next === undefined) return fault?.effect;
    const counted = { ...fault, next: fault.next - 1 };
    this.set(this.#faults.map((other) => (other === fault ? counted : other)));
    return fault.effect;
  }
}

/** The faults under which the robot judges as usual; the others keep the message from it. */
export type PassingFault = Extract<FaultEffect, { type: "delay" | "truncated" | "lost-answer" }>;

/** What answers in place of the robot. */
export type BlockingFault = Exclude<FaultEffect, PassingFault>;

/** Whether the message never reaches the robot. */
export function isBlocking(effect: FaultEffect): effect is BlockingFault {
  return !["delay", "truncated", "lost-answer"].includes(effect.type);
}

/** What a fault did, one sentence without full stop. */
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
};
