import type { SendWatch } from "../telemetry/watch.ts";
import type { Message } from "./channel.ts";
import type { SlotRequest } from "./ledger.ts";
import type { DeliveryOptions } from "./options.ts";

/** Under which conditions a message is sent. */
export interface Terms {
  readonly options: DeliveryOptions;
  /** When the caller gives up, by `Clock.elapsed`; infinite for never. */
  readonly deadlineAt: number;
  /** When the message is of no use any more, by `Clock.elapsed`; infinite for never. */
  readonly expiresAt: number;
  readonly watch: SendWatch;
}

/** One message on its way. Made once for each call and handed down unchanged. */
export interface Job<M extends Message> extends Terms {
  /** The message as the app gave it. Two calls with the same JSON may be the same message. */
  readonly json: string;
  /** What is posted: the message, or the parts of a message that is too large, in order. */
  readonly parts: readonly M[];
  /** The app's own key against doubles. */
  readonly appKey: string | undefined;
  readonly traceparent: string | undefined;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** The slots of a message that is sent on these terms. */
export function requestOf(
  { messagesPerMinute: limit, responseTimeoutMs: answerMs }: DeliveryOptions,
  count: number,
): SlotRequest {
  return { count, limit, answerMs };
}

/** The terms of a message that may wait as long as it takes. */
export function withoutEnd({ options, watch }: Terms): Terms {
  const never = Number.POSITIVE_INFINITY;
  const patient = { ...options, maxWaitMs: never };
  return { options: patient, deadlineAt: never, expiresAt: never, watch };
}

/** The last moment at which a message that arrives now may get its slot, and why it is the last. */
export function lastMoment(
  { deadlineAt, expiresAt }: Terms,
  maxWaitAt: number,
): { readonly until: number; readonly reason: "over-budget" | "deadline" | "expired" } {
  const until = Math.min(maxWaitAt, deadlineAt, expiresAt);
  if (until === expiresAt) return { until, reason: "expired" };
  return { until, reason: until === deadlineAt ? "deadline" : "over-budget" };
}
