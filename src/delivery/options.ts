/** How a message is delivered; the component's metadata, overridden by the call's. */
export interface DeliveryOptions {
  /** 0 for no limit. */
  readonly messagesPerMinute: number;
  readonly maxWaitMs: number;
  readonly maxQueue: number;
  readonly retries: number;
  readonly deduplicateForMs: number;
  /** Absent, a message never expires. */
  readonly ttlMs: number | undefined;
  readonly overflow: "wait" | "reject" | "digest";
  readonly oversize: "reject" | "split";
  readonly responseTimeoutMs: number;
}

/** Moments in milliseconds since 1970, infinite for never. */
export interface Limits {
  /** The caller gives up. */
  readonly deadlineAt: number;
  /** The message is of no use any more. */
  readonly expiresAt: number;
}

/** Which limit ends a wait at this moment; maxWait where it is none of these. */
export function firstLimit(
  until: number,
  { deadlineAt, expiresAt }: Limits,
): "expired" | "deadline" | "over-budget" {
  if (until === expiresAt) return "expired";
  return until === deadlineAt ? "deadline" : "over-budget";
}
