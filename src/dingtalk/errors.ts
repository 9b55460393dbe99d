import type { FailureFacts } from "../delivery/channel.ts";
import type { Refusal, RefusalKind } from "./errcodes.ts";

/** What every failure of the DingTalk side has in common. */
export abstract class DingTalkError extends Error {
  /** Stable word for programs, kebab-case: `sign-mismatch`, `timeout`, … */
  readonly reason: string;
  /** What the reader can do about it: one clause, lower case, no full stop. */
  readonly remedy: string;
  /** What the failure means for delivery. */
  readonly facts: FailureFacts;

  constructor(texts: ErrorTexts, facts: FailureFacts, options?: ErrorOptions) {
    super(texts.message, options);
    this.reason = texts.reason;
    this.remedy = texts.remedy;
    this.facts = facts;
  }
}

interface ErrorTexts {
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
}

/** The message cannot be sent as it is. The text names the field and never quotes its value. */
export class InvalidMessageError extends DingTalkError {
  override readonly name = "InvalidMessageError";
  readonly code = "INVALID_MESSAGE";
  declare readonly reason: "invalid-message";
  /** Dotted path into the message, such as `link.messageUrl`; empty for the message as a whole. */
  readonly field: string;

  constructor(field: string, problem: string, remedy: string) {
    const reason = "invalid-message";
    const outcome = { kind: "invalid", reason } as const;
    super({ reason, message: problem, remedy }, { ...invalidMessage, outcome });
    this.field = field;
  }
}

const invalidMessage = {
  repeat: "never",
  mayHaveArrived: false,
  isUnderWay: false,
  limit: "unknown",
  target: "good",
  isFinal: false,
} as const;

type KindFacts = Omit<FailureFacts, "outcome" | "isUnderWay">;

const ofTheRobot = {
  repeat: "never",
  mayHaveArrived: false,
  limit: "open",
  target: "failing",
  isFinal: true,
} as const;

/** One row for each kind of refusal. */
const refusalFacts: Readonly<Record<RefusalKind, KindFacts>> = {
  message: { ...ofTheRobot, target: "good" },
  setup: ofTheRobot,
  access: ofTheRobot,
  robot: ofTheRobot,
  quota: ofTheRobot,
  unknown: ofTheRobot,
  throttled: { ...ofTheRobot, limit: "throttled", isFinal: false },
  banned: { ...ofTheRobot, limit: "banned", isFinal: false },
  // What a busy DingTalk did with the message is not documented.
  busy: {
    repeat: "later",
    mayHaveArrived: true,
    limit: "unknown",
    target: "good",
    isFinal: false,
  },
};

/** What is known of a refusal beside its row of the catalogue. */
export interface RefusalDetails {
  readonly errcode: number | undefined;
  /** DingTalk's own text, cleared of addresses, secrets and pieces of the message. */
  readonly errmsg: string;
  /** Whether the answer showed that the clock was wrong by which the message was signed. */
  readonly isClockCorrected?: boolean;
}

/** DingTalk answered no. */
export class RobotRefusedError extends DingTalkError {
  override readonly name = "RobotRefusedError";
  readonly code = "ROBOT_REFUSED";
  /** Undefined only for the gateway's ban, which answers without one. */
  readonly errcode: number | undefined;
  readonly errmsg: string;
  readonly kind: RefusalKind;

  constructor(refusal: Refusal, { errcode, errmsg, isClockCorrected = false }: RefusalDetails) {
    const { reason, kind, remedy } = refusal;
    super(
      { reason, message: describe(refusal, errmsg), remedy },
      {
        ...refusalFacts[kind],
        isUnderWay: false,
        ...(isClockCorrected && { repeat: "at-once" }),
        outcome: { kind: "refused", reason, errcode },
      },
    );
    this.errcode = errcode;
    this.errmsg = errmsg;
    this.kind = kind;
  }

  /** What other replicas keep of a final refusal. {@link parseRefusal} reads it. */
  toJSON(): object {
    const { errcode, kind, reason, message: summary, remedy } = this;
    return { errcode, kind, reason, summary, remedy };
  }
}

/** Reads a refusal that a replica of this or another version kept. */
export function parseRefusal(json: string): Error {
  const refusal: unknown = JSON.parse(json);
  if (!isRefusal(refusal)) return new Error("another version keeps other refusals in Redis");
  const errcode = "errcode" in refusal ? Number(refusal.errcode) : undefined;
  return new RobotRefusedError(refusal, { errcode, errmsg: "" });
}

function isRefusal(value: unknown): value is Refusal {
  const textOf = (name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  const isComplete = ["reason", "summary", "remedy"].every(
    (name) => typeof textOf(name) === "string",
  );
  return isComplete && Object.hasOwn(refusalFacts, String(textOf("kind")));
}

/** The catalogue's sentence; DingTalk's own words only for what the catalogue does not know. */
function describe(refusal: Refusal, errmsg: string): string {
  return refusal.kind === "unknown" && errmsg !== ""
    ? `${refusal.summary} (${errmsg})`
    : refusal.summary;
}

/** Why there was no usable answer, as a stable word for programs. */
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

/** What is known of a missing answer beside its reason. */
export interface UnreachableDetails {
  readonly message: string;
  /** Whether the request had left for the robot. */
  readonly mayHaveArrived: boolean;
  /** The HTTP status, where there was an answer at all. */
  readonly httpStatus?: number;
  readonly cause?: unknown;
}

/** There was no usable answer. */
export class RobotUnreachableError extends DingTalkError {
  override readonly name = "RobotUnreachableError";
  readonly code = "ROBOT_UNREACHABLE";
  declare readonly reason: UnreachableReason;
  /** The HTTP status, where there was an answer at all. */
  readonly httpStatus: number | undefined;

  constructor(reason: UnreachableReason, details: UnreachableDetails) {
    const { message, mayHaveArrived, httpStatus, cause } = details;
    const { remedy, ...facts } = unreachableReasons[reason];
    // A client error, 4xx, comes again with every repeat; a server error may be over soon.
    const isClientError = reason === "http-error" && !mayHaveArrived;
    super(
      { reason, message, remedy },
      {
        ...facts,
        ...(isClientError && { repeat: "never" }),
        mayHaveArrived,
        target: "failing",
        isFinal: false,
        outcome: { kind: "unreachable", reason, httpStatus },
      },
      { cause },
    );
    this.httpStatus = httpStatus;
  }
}

interface UnreachableRow extends Pick<FailureFacts, "repeat" | "isUnderWay" | "limit"> {
  readonly remedy: string;
}

const brief = { repeat: "later", isUnderWay: false, limit: "unknown" } as const;

/** One row for each reason. The documents list the remedies from here. */
export const unreachableReasons: Readonly<Record<UnreachableReason, UnreachableRow>> = {
  "dns-failed": {
    ...brief,
    remedy: "check the host name in the component's url and the pod's DNS",
  },
  "connect-failed": {
    ...brief,
    remedy: "check that the robot's host can be reached from here, or set HTTPS_PROXY",
  },
  "tls-failed": {
    ...brief,
    remedy:
      "check the certificate of the robot's host; a CA of your own goes into NODE_EXTRA_CA_CERTS",
  },
  "proxy-failed": {
    ...brief,
    remedy:
      "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and that the proxy lets the robot's host through",
  },
  "connection-lost": {
    ...brief,
    remedy: "the message may have arrived; look into the group before sending it again",
  },
  "http-error": {
    ...brief,
    remedy: "the robot's host is in trouble or the url is not a robot's; try again later",
  },
  redirected: {
    repeat: "never",
    isUnderWay: false,
    // A robot that is used too much answers with a redirect.
    limit: "throttled",
    remedy: "wait ten minutes if the robot was used a lot, else check the component's url",
  },
  "unusable-answer": {
    ...brief,
    repeat: "never",
    remedy:
      "check that the component's url is a robot's webhook and no gateway answers in its place",
  },
  timeout: {
    ...brief,
    isUnderWay: true,
    remedy:
      "the message may have arrived; raise responseTimeout or look into the group before sending it again",
  },
  cancelled: {
    repeat: "never",
    isUnderWay: true,
    limit: "unknown",
    remedy: "the caller went away; the message may have arrived",
  },
};
