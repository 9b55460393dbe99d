import type { Refusal } from "./errcodes.ts";

/** What every failure of the DingTalk side has in common. */
export abstract class DingTalkError extends Error {
  /** Stable word for programs, kebab-case: `sign-mismatch`, `timeout`, … */
  readonly reason: string;
  /** What the reader can do about it: one clause, lower case, no full stop. */
  readonly remedy: string;

  constructor(reason: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** Ours to refuse: nothing was sent. The message names the field and never quotes its value. */
export class InvalidMessageError extends DingTalkError {
  override readonly name = "InvalidMessageError";
  readonly code = "INVALID_MESSAGE";
  /** Dotted path into the message, such as `link.messageUrl`; empty for the message as a whole. */
  readonly field: string;

  constructor(field: string, problem: string, remedy: string) {
    super("invalid-message", problem, remedy);
    this.field = field;
  }
}

/** DingTalk answered no. */
export class RobotRefusedError extends DingTalkError {
  override readonly name = "RobotRefusedError";
  readonly code = "ROBOT_REFUSED";
  /** Absent only for the gateway's ban, which answers without one. */
  readonly errcode: number | undefined;
  /** DingTalk's own text, cleared of addresses, secrets and pieces of the message. */
  readonly errmsg: string;
  readonly kind: Refusal["kind"];
  /** DingTalk's clock, in milliseconds since 1970, where the answer told it. */
  readonly serverTimeMs: number | undefined;

  constructor(
    refusal: Refusal,
    answer: { errcode: number | undefined; errmsg: string; serverTimeMs: number | undefined },
  ) {
    super(refusal.reason, describe(refusal, answer.errmsg), refusal.remedy);
    this.serverTimeMs = answer.serverTimeMs;
    this.errcode = answer.errcode;
    this.errmsg = answer.errmsg;
    this.kind = refusal.kind;
  }

  /** Whether sending the same message again would only cost a call. */
  get isPermanent(): boolean {
    return this.kind !== "busy" && this.kind !== "throttled";
  }
}

/** Whether it is one, read from where it was kept. */
export function isRefusal(value: unknown): value is Refusal {
  const isText = (name: string): boolean =>
    typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "string";
  return ["reason", "kind", "summary", "remedy"].every(isText);
}

/** The catalogue's sentence; DingTalk's own words only for what the catalogue does not know. */
function describe(refusal: Refusal, errmsg: string): string {
  return refusal.kind === "unknown" && errmsg !== ""
    ? `${refusal.summary} (${errmsg})`
    : refusal.summary;
}

export type UnreachableReason =
  | "dns-failed"
  | "connect-failed"
  | "tls-failed"
  | "proxy-failed"
  | "connection-lost"
  | "http-error"
  | "redirected"
  | "unusable-answer"
  | "timeout"
  | "cancelled";

/** No usable answer. `mayHaveArrived` tells whether the request had left for the robot. */
export class RobotUnreachableError extends DingTalkError {
  override readonly name = "RobotUnreachableError";
  readonly code = "ROBOT_UNREACHABLE";
  declare readonly reason: UnreachableReason;
  readonly mayHaveArrived: boolean;
  /** The HTTP status, where there was an answer at all. */
  readonly httpStatus: number | undefined;

  constructor(
    reason: UnreachableReason,
    facts: { message: string; mayHaveArrived: boolean; httpStatus?: number; cause?: unknown },
  ) {
    super(reason, facts.message, unreachableRemedies[reason], { cause: facts.cause });
    this.mayHaveArrived = facts.mayHaveArrived;
    this.httpStatus = facts.httpStatus;
  }
}

/** Whether the robot may have the message although sending it failed. */
export function mayHaveArrived(error: unknown): boolean {
  // What a busy DingTalk did with the message is not documented.
  if (error instanceof RobotRefusedError) return error.kind === "busy";
  return error instanceof RobotUnreachableError && error.mayHaveArrived;
}

/** One clause for each reason; the documents list them from here. */
export const unreachableRemedies: Readonly<Record<UnreachableReason, string>> = {
  "dns-failed": "check the host name in the component's url and the pod's DNS",
  "connect-failed": "check that the robot's host can be reached from here, or set HTTPS_PROXY",
  "tls-failed":
    "check the certificate of the robot's host; a CA of your own goes into NODE_EXTRA_CA_CERTS",
  "proxy-failed":
    "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and that the proxy lets the robot's host through",
  "connection-lost": "the message may have arrived; look into the group before sending it again",
  "http-error": "the robot's host is in trouble or the url is not a robot's; try again later",
  redirected: "wait ten minutes if the robot was used a lot, else check the component's url",
  "unusable-answer":
    "check that the component's url is a robot's webhook and no gateway answers in its place",
  timeout:
    "the message may have arrived; raise responseTimeout or look into the group before sending it again",
  cancelled: "the caller went away; the message may have arrived",
};
