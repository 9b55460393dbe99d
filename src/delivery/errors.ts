import { isTimeUp } from "../base/cancellation.ts";
import { type FailureFacts, noFacts } from "./channel.ts";
import type { DeliveryOptions } from "./options.ts";

/** Why a message was not posted, as a stable word for programs. */
export type NotSentReason =
  | "over-budget"
  | "queue-full"
  | "robot-closed"
  | "expired"
  | "deadline"
  | "cancelled"
  | "shutting-down";

/** Delivery held the message back: nothing was posted for this call. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
  readonly code = "NOT_SENT";
  readonly reason: NotSentReason;
  /** What the reader can do about it: one clause, lower case, no full stop. */
  readonly remedy: string;
  /** After how many milliseconds another call may succeed. Undefined where that is not known. */
  readonly retryAfterMs: number | undefined;
  readonly facts: FailureFacts;

  /** @param overflow what the component does where no slot is free; the remedy depends on it */
  constructor(
    reason: NotSentReason,
    retryAfterMs?: number,
    overflow?: DeliveryOptions["overflow"],
  ) {
    const { message, target, ...remedies } = notSentReasons[reason];
    const remedy = (overflow && remedies.remedyIf?.[overflow]) ?? remedies.remedy;
    super(message);
    const when = retryAfterMs === undefined ? "" : ` in ${Math.ceil(retryAfterMs / 1000)} s`;
    this.reason = reason;
    this.remedy = `${remedy}${when}`;
    this.retryAfterMs = retryAfterMs;
    this.facts = { ...noFacts, target, outcome: { kind: "not_sent", reason } };
  }
}

interface NotSentRow {
  readonly message: string;
  /** Ends with "try again" for a reason that may come with a time: "in 57 s" is put behind it. */
  readonly remedy: string;
  /** The remedy for an `overflow` to which the usual one does not apply. Same rule for its end. */
  readonly remedyIf?: Partial<Record<DeliveryOptions["overflow"], string>>;
  readonly target: FailureFacts["target"];
}

/** One row for each reason. The documents list the texts from here. */
export const notSentReasons: Readonly<Record<NotSentReason, NotSentRow>> = {
  "over-budget": {
    message: "not sent, the robot's messages of this minute are used up",
    remedy: "raise maxWait or try again",
    remedyIf: { reject: "set overflow to wait or digest, or try again" },
    target: "full",
  },
  "queue-full": {
    message: "not sent, too many messages wait for this robot",
    remedy: "send less, use overflow digest, or try again",
    remedyIf: { digest: "send less, raise maxQueue, or try again" },
    target: "good",
  },
  "robot-closed": {
    message: "not sent, the component pauses after DingTalk reported too many messages",
    remedy: "try again",
    target: "full",
  },
  expired: {
    message: "not sent, the message was not on its way within ttlInSeconds",
    remedy: "raise ttlInSeconds or try again",
    target: "good",
  },
  deadline: {
    message: "not sent, the caller's deadline passed while the message waited",
    remedy: "allow the call more time or try again",
    target: "good",
  },
  cancelled: {
    message: "not sent, the caller went away while the message waited",
    remedy: "send it again if it is still wanted",
    target: "good",
  },
  "shutting-down": {
    message: "not sent, the component is shutting down",
    remedy: "try again when it is back",
    target: "good",
  },
};

/** For a message whose caller went away, or whose deadline passed, before it got its slot. */
export function abortedError(signal: AbortSignal): NotSentError {
  return new NotSentError(isTimeUp(signal) ? "deadline" : "cancelled");
}
