import type { SharedRedis } from "../delivery/redis/redis.ts";
import type { ReceivedMessage } from "./received-message.ts";

/** How a component receives. */
export interface ReceivingSettings {
  /** Attempts after the first when the app fails. */
  readonly redeliver: number;
  /** Messages with the app at one time. */
  readonly maxInFlight: number;
  /** Time after which the app's place is given to the next message. */
  readonly handleTimeoutMs: number;
  /**
   * How long a message is remembered after its end: 1 h by a stream, twice `callbackMaxAge` by HTTP.
   * A replayed callback is then stale before its message is forgotten.
   */
  readonly rememberForMs: number;
}

/** Whether an answer of the app asked for something to be said. */
export type AnswerKind = "answered" | "silent";

/** What goes with a hand-over. */
export interface HandOverOptions {
  /** W3C Trace Context of the receipt, for the metadata of the event. */
  readonly traceparent: string | undefined;
  /** Aborts when the time for the answer is up. Nothing may keep the body of the message then. */
  readonly isLate: AbortSignal;
  /** Aborts when nobody waits for the answer any more. The promise may then reject with any error. */
  readonly isOver: AbortSignal;
}

/** A component that receives, as the inbox sees it. */
export interface ReceivingApp {
  /** The component's name in the YAML. */
  readonly instance: string;
  /** The robot: its `clientId` or, without one, the component's `id`. */
  readonly robot: string;
  readonly settings: ReceivingSettings;
  /** The Redis that the component shares with its replicas. If undefined, it has none. */
  readonly redis?: SharedRedis | undefined;
  /** Whether a Read stream is open now. */
  readonly isReading: boolean;
  /**
   * Hands a message over to one open Read stream. Resolves with the app's answer, also with one that
   * comes late.
   *
   * @param attempt 1 for the first hand-over of the message
   * @throws {HandOverError}
   */
  handOver(message: ReceivedMessage, attempt: number, options: HandOverOptions): Promise<Buffer>;
  /**
   * Takes an answer of the app, also a late one: says it in the conversation and counts what became
   * of it. Never rejects.
   */
  answered(message: ReceivedMessage, body: Buffer): Promise<AnswerKind>;
}

/**
 * Why a hand-over failed. `no-reader`: the app did not get the message. `stream-broke`: the app may
 * have got it. `app-failed`: the app answered with an error.
 */
export type HandOverFailure = "no-reader" | "stream-broke" | "app-failed";

/** A hand-over failed. The message is one line for the log, without the text of a message. */
export class HandOverError extends Error {
  override readonly name = "HandOverError";
  readonly code = "HAND_OVER";
  readonly failure: HandOverFailure;

  constructor(failure: HandOverFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
