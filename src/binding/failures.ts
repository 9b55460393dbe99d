import { status } from "@grpc/grpc-js";
import { BindingError } from "../dapr/errors.ts";
import { NotSentError, type NotSentReason } from "../delivery/errors.ts";
import { outcomeOf } from "../delivery/outcome.ts";
import type { RefusalKind } from "../dingtalk/errcodes.ts";
import {
  type DingTalkError,
  InvalidMessageError,
  RobotRefusedError,
  RobotUnreachableError,
  type UnreachableReason,
} from "../dingtalk/errors.ts";
import type { Outcome } from "../telemetry/watch.ts";

/** What a refusal becomes for daprd. */
export const statusOfRefusal: Readonly<Record<RefusalKind, status>> = {
  message: status.INVALID_ARGUMENT,
  setup: status.FAILED_PRECONDITION,
  access: status.PERMISSION_DENIED,
  robot: status.FAILED_PRECONDITION,
  throttled: status.RESOURCE_EXHAUSTED,
  quota: status.RESOURCE_EXHAUSTED,
  busy: status.UNAVAILABLE,
  unknown: status.FAILED_PRECONDITION,
};

/** What the lack of a usable answer becomes for daprd. */
export const statusOfUnreachable: Readonly<Record<UnreachableReason, status>> = {
  "dns-failed": status.UNAVAILABLE,
  "connect-failed": status.UNAVAILABLE,
  "tls-failed": status.UNAVAILABLE,
  "proxy-failed": status.UNAVAILABLE,
  "connection-lost": status.UNAVAILABLE,
  "http-error": status.UNAVAILABLE,
  redirected: status.UNAVAILABLE,
  "unusable-answer": status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
};

/** What a message that we held back becomes for daprd. */
export const statusOfNotSent: Readonly<Record<NotSentReason, status>> = {
  "over-budget": status.RESOURCE_EXHAUSTED,
  "queue-full": status.RESOURCE_EXHAUSTED,
  "robot-closed": status.RESOURCE_EXHAUSTED,
  expired: status.DEADLINE_EXCEEDED,
  deadline: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
  "shutting-down": status.UNAVAILABLE,
};

/** The failure as a gRPC caller sees it; errors that are not of the DingTalk side pass unchanged. */
export function toBindingError(error: unknown): unknown {
  if (error instanceof InvalidMessageError) {
    const after = error.field === "" ? {} : { field: error.field };
    return failure(status.INVALID_ARGUMENT, error, { reason: error.reason, after });
  }
  if (error instanceof RobotRefusedError) {
    const before = error.errcode === undefined ? {} : { errcode: error.errcode };
    return failure(statusOfRefusal[error.kind], error, { reason: error.reason, before });
  }
  if (error instanceof RobotUnreachableError) {
    const before = error.httpStatus === undefined ? {} : { http: error.httpStatus };
    return failure(statusOfUnreachable[error.reason], error, { reason: error.reason, before });
  }
  if (error instanceof NotSentError) {
    return failure(statusOfNotSent[error.reason], error, { reason: error.reason });
  }
  return error;
}

/** The failure of a call as telemetry counts it. */
export function failureOutcome(error: unknown): Outcome {
  // What the metadata of a call may not say was refused before anything was delivered.
  if (error instanceof BindingError) return { kind: "invalid", reason: error.labels.reason };
  return outcomeOf(error);
}

function failure(code: status, error: DingTalkError, labels: BindingError["labels"]): BindingError {
  return new BindingError(code, labels, `${error.message}; ${error.remedy}`, { cause: error });
}
