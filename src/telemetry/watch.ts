/** How a call or one POST ended. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** Stable name of the failure; absent for `accepted`. */
  readonly reason?: string;
  /** DingTalk's errcode; undefined if the answer had none. */
  readonly errcode?: number | undefined;
  /** HTTP status of an answer that was not a robot's answer. */
  readonly httpStatus?: number | undefined;
}

/**
 * The kinds of outcomes. `refused`: by DingTalk. `not_sent`: by our own limits or a cancelled call.
 * `invalid`: a wrong message or metadata. `failed`: an error in this program.
 */
export type OutcomeKind =
  | "accepted"
  | "refused"
  | "unreachable"
  | "not_sent"
  | "invalid"
  | "failed";

/** What telemetry may know of a call: no address, no token and no text of a message. */
export interface WatchedCall {
  /** The component's `id`. */
  readonly robot: string;
  /** The zone of the component's calendar. Default: that of DingTalk. */
  readonly timeZone?: string | undefined;
  /** The component's name. */
  readonly instance: string;
  /** W3C Trace Context, as daprd sent it. */
  readonly traceparent: string | undefined;
}

/** Hears what happens to one call of `create`, while it happens. */
export interface SendWatch {
  /** The call begins to wait for a slot. The returned function ends the wait; only one call counts. */
  waits(): () => void;
  /**
   * A POST begins. The returned function ends it.
   *
   * @param host without path and query, which are secret
   */
  posts(host: string): (outcome: Outcome) => void;
  /**
   * A POST is about to be repeated.
   *
   * @param reason the stable name of the failure before
   */
  repeats(reason: string): void;
  /** The call repeats another call, so nothing is posted for it. */
  suppressed(): void;
  /** The call is over. */
  ends(outcome: Outcome): void;
}

/** Watches calls, for metrics or traces. */
export interface Telemetry {
  /** A call begins. */
  watch(call: WatchedCall): SendWatch;
}

const nothing = (): void => {};

/** The watch of a call without telemetry: it does nothing, and all calls share it. */
export const noWatch: SendWatch = {
  waits: () => nothing,
  posts: () => nothing,
  repeats: nothing,
  suppressed: nothing,
  ends: nothing,
};

/** Combines several telemetries into one that tells each of them. */
export function combine(telemetries: readonly Telemetry[]): Telemetry {
  const [only, another] = telemetries;
  if (only === undefined) return { watch: () => noWatch };
  return another === undefined ? only : { watch: (call) => tellAll(telemetries, call) };
}

function tellAll(telemetries: readonly Telemetry[], call: WatchedCall): SendWatch {
  const watches = telemetries.map((telemetry) => telemetry.watch(call));
  return {
    waits: () => {
      const ends = watches.map((watch) => watch.waits());
      return () => ends.forEach((end) => void end());
    },
    posts: (host) => {
      const ends = watches.map((watch) => watch.posts(host));
      return (outcome) => ends.forEach((end) => void end(outcome));
    },
    repeats: (reason) => watches.forEach((watch) => void watch.repeats(reason)),
    suppressed: () => watches.forEach((watch) => void watch.suppressed()),
    ends: (outcome) => watches.forEach((watch) => void watch.ends(outcome)),
  };
}
