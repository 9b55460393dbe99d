import type { Secret } from "../base/secret.ts";
import type { Outcome } from "../telemetry/watch.ts";

/** A message of a channel. Delivery reads only its JSON and hands the rest back to the channel. */
export interface Message {
  readonly json: string;
}

/** What delivery asks of whoever posts to one target, such as a group robot. */
export interface Channel<M extends Message> {
  /** The SHA-256 of what identifies the target, as base64url. It may be seen. */
  readonly name: string;
  /** Where the target is. Two calls to different addresses are never the same message. */
  readonly address: Secret;
  /** The host name of the address, which telemetry may show. */
  readonly host: string;
  readonly limit: TargetLimit;
  /**
   * Encodes a message for all of its attempts.
   *
   * @throws an error with {@link FailureFacts} for a message that cannot be encoded
   */
  prepare(message: M, msgUuid: string): Post;
  /** Whether a digest can carry the message. */
  isDigestible(message: M): boolean;
  /**
   * How much of a digest the message takes at most, from 0 to 1. Messages that take 1 together fit
   * into one digest.
   */
  digestShare(message: M): number;
  /** One message for the first `count` of the messages that wait, `count` being at least 1. */
  composeDigest(waiting: readonly DigestItem<M>[]): { readonly message: M; readonly count: number };
  /** Reads the JSON of a message that a process of this program wrote. */
  parseMessage(json: string): M;
  /**
   * Reads a failure that lasts, as `JSON.stringify` wrote it here or at another replica, for a
   * repeat that gets it `agoMs` later.
   */
  parseFailure(json: string, agoMs: number): Error;
  /** The failure of a caller whose signal aborted while its message was on its way. */
  givenUp(signal: AbortSignal): Error;
  /** Gives up what the channel holds. Posts that have begun end as usual. */
  close(): void;
}

/** A message that waits for a digest. */
export interface DigestItem<M extends Message> {
  readonly message: M;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** How a target counts messages. */
export interface TargetLimit {
  /** The target counts the messages in any span of so many milliseconds. */
  readonly windowMs: number;
  /** How long a message may still arrive after its answer was given up, in milliseconds. */
  readonly underWayMs: number;
}

/** A message that is ready to be posted, once or several times. */
export interface Post {
  /** Whether the target shows the message once if it gets it twice. */
  readonly isIdempotent: boolean;
  /**
   * Posts once. Resolves with the outcome when the target has the message. Fails soon after the
   * signal aborts, and when there is no answer within `timeoutMs`.
   *
   * @throws an error with {@link FailureFacts}
   */
  send(signal: AbortSignal, timeoutMs: number): Promise<Outcome>;
}

/**
 * What an answer says of the target's limit. `throttled` and `banned` close the target for a while:
 * for `retryAfterMs` where the answer names a time.
 */
export type LimitReport = "open" | "throttled" | "banned" | "unknown";

/** What a failure means for the message, its target and its slot. */
export interface FailureFacts {
  /** Whether another attempt may succeed: after a pause, or once without a pause. */
  readonly repeat: "never" | "later" | "at-once";
  /** Whether the target may have the message. */
  readonly mayHaveArrived: boolean;
  /** Whether the message may arrive later: nobody waits for its answer any more. */
  readonly isUnderWay: boolean;
  /** Whether the target surely heard nothing of this attempt, so that the slot is free again. */
  readonly neverReached: boolean;
  readonly limit: LimitReport;
  /** How long the answer wants the target left alone, in milliseconds. Undefined if it is silent. */
  readonly retryAfterMs: number | undefined;
  /**
   * `good`: another target would fail too. `full`: another target may take the message.
   * `failing`: another target may take it, and this one is left out for a while.
   */
  readonly target: "good" | "full" | "failing";
  /**
   * Whether the same message would fail again: not for sure, until somebody mends its cause at the
   * target, or for good.
   */
  readonly lasts: "no" | "until-mended" | "for-good";
  readonly outcome: Outcome;
  /** How far a message of several parts got. Unset for other messages. */
  readonly parts?: PartsProgress | undefined;
}

/** How far a message of several parts got. The part behind the last one that arrived has failed. */
export interface PartsProgress {
  readonly arrived: number;
  readonly count: number;
}

/** An error that says what it means. */
export interface Failure extends Error {
  /** Replaced once, by `withParts`. */
  facts: FailureFacts;
}

/** The error, which says how far the message got if the message has several parts. */
export function withParts(error: unknown, parts: PartsProgress): unknown {
  if (parts.count > 1 && isFailure(error)) error.facts = { ...error.facts, parts };
  return error;
}

/** The facts of an error that tells nothing: nothing arrived, and nothing can be done. */
export const noFacts: Omit<FailureFacts, "outcome"> = {
  repeat: "never",
  mayHaveArrived: false,
  isUnderWay: false,
  neverReached: false,
  limit: "unknown",
  retryAfterMs: undefined,
  target: "good",
  lasts: "no",
};

/** The facts of any error. An error without facts is a fault of this program. */
export function factsOf(error: unknown): FailureFacts {
  if (isFailure(error)) return error.facts;
  return { ...noFacts, outcome: { kind: "failed", reason: "internal" } };
}

function isFailure(error: unknown): error is Failure {
  return error instanceof Error && "facts" in error;
}
