/** Why a new connection is made. These are the values of a metric's label. */
export type ReconnectReason =
  | "disconnect"
  | "closed"
  | "no-pong"
  | "open-failed"
  | "handshake"
  | "credentials";

/** Why an attempt brought no connection. */
export type FailureReason = Extract<ReconnectReason, "open-failed" | "handshake" | "credentials">;

/** Why an open connection ended without our asking. */
export type EndReason = Extract<ReconnectReason, "closed" | "no-pong">;

/** An open connection. */
export interface Link {
  readonly id: number;
  /** When it opened, on the monotonic clock, in milliseconds. */
  readonly openedAt: number;
}

/**
 * The state of the loop that keeps one connection open. An attempt and the connection that it brings
 * have the same number. Numbers are never used again, so a late event of an older attempt or
 * connection is recognised and changes nothing.
 */
export interface LoopState {
  readonly phase: "idle" | "running" | "stopped";
  /** The number of the next attempt. */
  readonly nextId: number;
  /** The attempt under way. */
  readonly attempt: number | undefined;
  /** Whether the timer of the next attempt is set. */
  readonly isRetrySet: boolean;
  /** The connection that messages are expected on. */
  readonly current: Link | undefined;
  /** The connection that `current` or the attempt replaces. It is read until it ends. */
  readonly previous: Link | undefined;
  /** Delays so far since a connection lived 60 s. */
  readonly delays: number;
  /** Replacements without a delay since a connection lived 60 s. */
  readonly swiftReplacements: number;
  /** Attempts in a row for which DingTalk refused the credentials. */
  readonly refusals: number;
}

/** What happened. `retry` and `drained` are the ends of the timers that effects set. */
export type LoopEvent =
  | { readonly type: "start" | "stop" | "retry" }
  /** The settings came again. With another secret, `isChanged`, a new connection is made. */
  | { readonly type: "renewed"; readonly isChanged: boolean }
  | { readonly type: "opened" | "disconnect" | "drained"; readonly id: number }
  | { readonly type: "failed"; readonly id: number; readonly reason: FailureReason }
  | { readonly type: "ended"; readonly id: number; readonly reason: EndReason };

/** What is to be done. Times are in milliseconds. */
export type LoopEffect =
  | { readonly type: "attempt" | "abandon" | "terminate"; readonly id: number }
  /** Sets the timer that belongs to this connection: it is cleared when the connection ends. */
  | { readonly type: "drain"; readonly id: number; readonly ms: number }
  | { readonly type: "set-retry"; readonly ms: number }
  | { readonly type: "clear-retry" }
  /** Tells that a new connection is made after `ms`, and why. */
  | { readonly type: "tell"; readonly reason: ReconnectReason; readonly ms: number };

/** What a step may know beside the state and the event. */
export interface LoopInputs {
  /** The monotonic clock, in milliseconds. */
  readonly elapsedMs: number;
  /** At least 0, less than 1. */
  readonly random: number;
}

/** The state after an event, and what is to be done. */
export interface LoopStep {
  readonly state: LoopState;
  readonly effects: readonly LoopEffect[];
}
