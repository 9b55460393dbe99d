/** How a message is delivered: the component's metadata, overridden by the call's. */
export interface DeliveryOptions {
  /** Messages of one target in any window. 0 means no limit. */
  readonly messagesPerMinute: number;
  /** How long a message may wait for a slot. */
  readonly maxWaitMs: number;
  /** How many messages may wait for one target. */
  readonly maxQueue: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** How long a message is remembered after its outcome. */
  readonly deduplicateForMs: number;
  /** How long a message is wanted. If undefined, it never expires. */
  readonly ttlMs: number | undefined;
  /** What happens to a message that finds no free slot. */
  readonly overflow: "wait" | "reject" | "digest";
  /** What happens to a message that is too large to be posted. */
  readonly oversize: "reject" | "split";
  /** How long an attempt waits for the answer. */
  readonly responseTimeoutMs: number;
}
