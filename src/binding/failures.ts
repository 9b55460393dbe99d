import { status } from "@grpc/grpc-js";
import { BindingError } from "../dapr/errors.ts";
import { factsOf } from "../delivery/channel.ts";
import { NotSentError, type NotSentReason } from "../delivery/errors.ts";
import type { RefusalKind } from "../dingtalk/errcodes.ts";
import {
  InvalidMessageError,
  RobotRefusedError,
  RobotUnreachableError,
  type UnreachableReason,
} from "../dingtalk/errors.ts";
import { SessionError, type SessionReason } from "../dingtalk/session-errors.ts";
import type { Outcome } from "../telemetry/watch.ts";

/** What decides on the status of a failure: the kind of a refusal, the reason of any other. */
export type FailureKind =
  | RefusalKind
  | UnreachableReason
  | NotSentReason
  | SessionReason
  | "invalid-message";

/** The gRPC status of every failure. */
export const statusOf: Readonly<Record<FailureKind, status>> = {
  "invalid-message": status.INVALID_ARGUMENT,

  message: status.INVALID_ARGUMENT,
  setup: status.FAILED_PRECONDITION,
  access: status.PERMISSION_DENIED,
  robot: status.FAILED_PRECONDITION,
  throttled: status.RESOURCE_EXHAUSTED,
  banned: status.RESOURCE_EXHAUSTED,
  quota: status.RESOURCE_EXHAUSTED,
  busy: status.UNAVAILABLE,
  unknown: status.FAILED_PRECONDITION,

  "dns-failed": status.UNAVAILABLE,
  "connect-failed": status.UNAVAILABLE,
  "tls-failed": status.UNAVAILABLE,
  "proxy-failed": status.UNAVAILABLE,
  "no-connection-left": status.UNAVAILABLE,
  "connection-lost": status.UNAVAILABLE,
  "not-http": status.UNAVAILABLE,
  "http-error": status.UNAVAILABLE,
  redirected: status.UNAVAILABLE,
  "unusable-answer": status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,

  "over-budget": status.RESOURCE_EXHAUSTED,
  "queue-full": status.RESOURCE_EXHAUSTED,
  "robot-closed": status.RESOURCE_EXHAUSTED,
  expired: status.DEADLINE_EXCEEDED,
  deadline: status.DEADLINE_EXCEEDED,
  "shutting-down": status.UNAVAILABLE,

  "message-unknown": status.NOT_FOUND,
  "session-expired": status.PERMISSION_DENIED,
  "session-host": status.INVALID_ARGUMENT,
};

type KnownFailure =
  | InvalidMessageError
  | RobotRefusedError
  | RobotUnreachableError
  | NotSentError
  | SessionError;

/** The failure as a gRPC caller sees it. An error that is not of delivery passes unchanged. */
export function toBindingError(error: unknown): unknown {
  if (!isKnown(error)) return error;
  const { message, remedy, reason } = error;
  const kind = error instanceof RobotRefusedError ? error.kind : error.reason;
  const labels = { before: labelsBefore(error), reason, after: labelsAfter(error) };
  const text = `${describeParts(error)}${message}; ${remedy}`;
  return new BindingError(statusOf[kind], labels, text, { cause: error });
}

/** Which part of a message failed and which are in the group. Empty where nothing was posted. */
function describeParts({ facts: { parts, outcome, mayHaveArrived } }: KnownFailure): string {
  if (parts === undefined || (parts.arrived === 0 && outcome.kind === "not_sent")) return "";
  const { arrived, count } = parts;
  const refused = outcome.kind === "refused" ? "was refused" : "was not sent";
  const failed = mayHaveArrived ? "may have arrived" : refused;
  const others =
    arrived > 1 ? `parts 1 to ${arrived} are` : `${arrived === 1 ? "part 1" : "none"} is`;
  return `part ${arrived + 1} of ${count} ${failed}, ${others} in the group: `;
}

/** The failure of a `create` at a component that has no webhook robot. */
export function noUrl(): BindingError {
  return new BindingError(
    status.FAILED_PRECONDITION,
    { reason: "no-url" },
    "the component has no url, so it has no group to send to; set the url of a webhook robot, or answer a message with reply",
  );
}

/** The failure of a `reply` that does not say to which message. */
export function noMessageNamed(): BindingError {
  return new BindingError(
    status.INVALID_ARGUMENT,
    { reason: "invalid-metadata", after: { field: "msgId" } },
    "metadata names no message; set msgId, or sessionWebhook, of the message that is replied to",
  );
}

/** The failure of a call as telemetry counts it. */
export function failureOutcome(error: unknown): Outcome {
  // Metadata of a call that cannot be read was refused before anything was delivered.
  if (error instanceof BindingError) return { kind: "invalid", reason: error.labels.reason };
  return factsOf(error).outcome;
}

function isKnown(error: unknown): error is KnownFailure {
  return (
    error instanceof InvalidMessageError ||
    error instanceof RobotRefusedError ||
    error instanceof RobotUnreachableError ||
    error instanceof NotSentError ||
    error instanceof SessionError
  );
}

type Labels = Readonly<Record<string, string | number>>;

function labelsBefore({ facts: { outcome } }: KnownFailure): Labels {
  const { errcode, httpStatus } = outcome;
  return {
    ...(errcode !== undefined && { errcode }),
    ...(httpStatus !== undefined && { http: httpStatus }),
  };
}

function labelsAfter(error: KnownFailure): Labels {
  const { parts } = error.facts;
  return {
    ...(error instanceof InvalidMessageError && error.field !== "" && { field: error.field }),
    ...(parts !== undefined && { part: `${parts.arrived + 1}/${parts.count}` }),
  };
}
