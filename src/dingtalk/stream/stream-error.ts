import type { FailureReason } from "./loop-types.ts";

/** A connection could not be made. The text names no secret and may be logged. */
export class StreamError extends Error {
  override readonly name = "StreamError";
  readonly code = "STREAM";
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
