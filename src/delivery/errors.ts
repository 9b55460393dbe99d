import { type CancelSignal, isTimeUp } from "../base/cancellation.ts";
import { DingTalkError } from "../dingtalk/errors.ts";

export type NotSentReason =
  | "over-budget"
  | "queue-full"
  | "robot-closed"
  | "expired"
  | "deadline"
  | "cancelled"
  | "shutting-down";

/** Held back by us: nothing was posted for this call. */
export class NotSentError extends DingTalkError {
  override readonly name = "NotSentError";
  readonly code = "NOT_SENT";
  declare readonly reason: NotSentReason;
  /** When it is worth trying again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: NotSentReason, retryAfterMs?: number) {
    const { message, remedy } = notSentTexts[reason];
    const when = retryAfterMs === undefined ? "" : ` in ${Math.ceil(retryAfterMs / 1000)} s`;
    super(reason, message, `${remedy}${when}`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** One row for each reason; the documents list them from here. */
export const notSentTexts: Readonly<Record<NotSentReason, { message: string; remedy: string }>> = {
  "over-budget": {
    message: "not sent, the robot's messages of this minute are used up",
    remedy: "raise maxWait or try again",
  },
  "queue-full": {
    message: "not sent, too many messages wait for this robot",
    remedy: "send less, use overflow digest, or try again",
  },
  "robot-closed": {
    message: "not sent, DingTalk has throttled this robot",
    remedy: "try again",
  },
  expired: {
    message: "not sent, the message was not on its way within ttlInSeconds",
    remedy: "raise ttlInSeconds if it is still wanted",
  },
  deadline: {
    message: "not sent, the caller's deadline passed while the message waited",
    remedy: "allow more time or lower maxWait",
  },
  cancelled: {
    message: "not sent, the caller went away while the message waited",
    remedy: "send it again if it is still wanted",
  },
  "shutting-down": {
    message: "not sent, the component is shutting down",
    remedy: "try again when it is back",
  },
};

/** For a message whose caller went away, or whose deadline passed, before it was its turn. */
export function abortedError(signal: CancelSignal): NotSentError {
  return new NotSentError(isTimeUp(signal) ? "deadline" : "cancelled");
}
