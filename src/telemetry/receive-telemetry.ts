/** What became of one copy of a message that DingTalk delivered. */
export type ReceivedOutcome = "accepted" | "duplicate" | "overflow" | "malformed";
/** What the app did with a message in the end. */
export type HandledOutcome = "answered" | "silent" | "lost" | "unanswered";
/** How one hand-over to the app ended. */
export type AttemptOutcome = "answered" | "failed" | "stream-broke" | "no-reader" | "unanswered";
/** What became of an answer that was to be said. */
export type AnswerOutcome =
  | "sent"
  | "not-a-message"
  | "expired"
  | "session-host"
  | "refused"
  | "unreachable"
  | "too-large";

/** How a message left the inbox. `known`: another replica is done with it. */
export type ReceiptEnd = HandledOutcome | "overflow" | "stopped" | "elsewhere" | "known";

/** What telemetry may know of a receipt: no text, no name and no address. */
export interface WatchedReceipt {
  /** The component's name. */
  readonly instance: string;
  readonly via: "http" | "stream";
  readonly msgtype: string | undefined;
}

/** Hears what happens to one message, from its receipt to its end. */
export interface ReceiptWatch {
  /** W3C Trace Context for daprd; undefined without tracing. */
  readonly traceparent: string | undefined;
  /** A hand-over begins. The returned function ends it. */
  handsOver(attempt: number): (outcome: AttemptOutcome) => void;
  /** The answer begins to be said. The returned function ends it. */
  answers(): () => void;
  /** The message is done. */
  ends(outcome: ReceiptEnd): void;
}

/** Watches what is received, for metrics or traces. No method throws. */
export interface ReceiveTelemetry {
  /** A new message came. Copies of it have no watch of their own. */
  watch(receipt: WatchedReceipt): ReceiptWatch;
  /** One copy of a message was dealt with. */
  received(instance: string, via: "http" | "stream", outcome: ReceivedOutcome): void;
  /** A callback was refused before it reached the inbox. */
  callbackRefused(reason: string): void;
  /** A message had its end. */
  handled(instance: string, outcome: HandledOutcome): void;
  /** One hand-over ended. */
  appAttempt(outcome: AttemptOutcome): void;
  /** An answer of the app was said, or not. */
  answer(instance: string, outcome: AnswerOutcome): void;
  /** How many connections a component's stream has: 0 to 2, or undefined while nobody reads. */
  streamConnections(instance: string, count: number | undefined): void;
  /** A stream connects again. The reason is the label, a `ReconnectReason` of the stream. */
  streamReconnect(reason: string): void;
  /** DingTalk was told that it may forget a message, so long after the message came. */
  acknowledged(seconds: number): void;
  /** The app answered, so long after the hand-over. */
  handledIn(seconds: number): void;
  /** How many messages are with apps and how many are held, now. */
  load(counts: { readonly inFlight: number; readonly held: number }): void;
  /** A message came at this time, in milliseconds since 1970. */
  lastReceived(timeMs: number): void;
  /** A message told that the monthly quota is used up. */
  overQuota(instance: string): void;
  /** A message was forgotten before its time, because too many were remembered. */
  forgotten(): void;
  /** The wait for a late answer ended before its time, because there were too many. */
  answerForgotten(): void;
  /** A message was handed over without a claim, because Redis was away. */
  unclaimed(instance: string): void;
}

const nothing = (): void => {};

/** The watch of a message without tracing. All messages share it. */
export const noReceiptWatch: ReceiptWatch = {
  traceparent: undefined,
  handsOver: () => nothing,
  answers: () => nothing,
  ends: nothing,
};

/** A telemetry that nobody looks at. */
export const noReceiveTelemetry: ReceiveTelemetry = {
  watch: () => noReceiptWatch,
  received: nothing,
  callbackRefused: nothing,
  handled: nothing,
  appAttempt: nothing,
  answer: nothing,
  streamConnections: nothing,
  streamReconnect: nothing,
  acknowledged: nothing,
  handledIn: nothing,
  load: nothing,
  lastReceived: nothing,
  overQuota: nothing,
  forgotten: nothing,
  answerForgotten: nothing,
  unclaimed: nothing,
};
