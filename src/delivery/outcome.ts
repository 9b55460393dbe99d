import {
  InvalidMessageError,
  RobotRefusedError,
  RobotUnreachableError,
} from "../dingtalk/errors.ts";
import type { Outcome } from "../telemetry/watch.ts";
import { NotSentError } from "./errors.ts";

/** DingTalk's answer to a message that it took. */
export const accepted: Outcome = { kind: "accepted", errcode: 0 };

/** How telemetry tells of a failure. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof RobotRefusedError) {
    return { kind: "refused", reason: error.reason, errcode: error.errcode };
  }
  if (error instanceof RobotUnreachableError) {
    return { kind: "unreachable", reason: error.reason, httpStatus: error.httpStatus };
  }
  if (error instanceof NotSentError) return { kind: "not_sent", reason: error.reason };
  if (error instanceof InvalidMessageError) return { kind: "invalid", reason: error.reason };
  return { kind: "failed", reason: "internal" };
}
