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

/** Milliseconds since 1970 from which a call is of no use any more, infinite if never. */
export interface Limits {
  readonly deadlineAt: number;
  readonly expiresAt: number;
}
