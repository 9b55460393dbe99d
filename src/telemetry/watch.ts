/** What became of a call or of one POST. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** The stable word of the error; absent for `accepted`. */
  readonly reason?: string;
  /** DingTalk's, where it gave one. */
  readonly errcode?: number | undefined;
  /** The answer's HTTP status, where it was no robot's answer. */
  readonly httpStatus?: number | undefined;
}

/** `failed` is a fault of ours. */
export type OutcomeKind =
  | "accepted"
  | "refused"
  | "unreachable"
  | "not_sent"
  | "invalid"
  | "failed";

/** A call of daprd's, as telemetry may know it: no address, no token, no text. */
export interface WatchedCall {
  /** The component's `id`. */
  readonly robot: string;
  /** The component's name. */
  readonly instance: string;
  readonly traceparent: string | undefined;
}

/** Told what happens to one call of `create`, while it happens. */
export interface SendWatch {
  /** Waiting for a slot begins. The returned function ends it, once. */
  waits(): () => void;
  /** A POST begins. @param host without path and query, which are secret */
  posts(host: string): (outcome: Outcome) => void;
  /** A POST is about to be repeated. */
  repeats(reason: string): void;
  /** The call is a repeat, for which nothing is posted. */
  suppressed(): void;
  ends(outcome: Outcome): void;
}

/** Something that watches calls: metrics, traces. */
export interface Telemetry {
  watch(call: WatchedCall): SendWatch;
}

const nothing = (): void => {};

/** Where nobody looks: one object for all calls. */
export const noWatch: SendWatch = {
  waits: () => nothing,
  posts: () => nothing,
  repeats: nothing,
  suppressed: nothing,
  ends: nothing,
};

/** One telemetry out of several. */
export function combine(telemetries: readonly Telemetry[]): Telemetry {
  const [first, second, ...others] = telemetries;
  if (first === undefined) return { watch: () => noWatch };
  if (second === undefined) return first;
  const rest = combine([second, ...others]);
  return { watch: (call) => both(first.watch(call), rest.watch(call)) };
}

function both(first: SendWatch, second: SendWatch): SendWatch {
  return {
    waits: () => {
      const [end, endToo] = [first.waits(), second.waits()];
      return () => {
        end();
        endToo();
      };
    },
    posts: (host) => {
      const [end, endToo] = [first.posts(host), second.posts(host)];
      return (outcome) => {
        end(outcome);
        endToo(outcome);
      };
    },
    repeats: (reason) => {
      first.repeats(reason);
      second.repeats(reason);
    },
    suppressed: () => {
      first.suppressed();
      second.suppressed();
    },
    ends: (outcome) => {
      first.ends(outcome);
      second.ends(outcome);
    },
  };
}
