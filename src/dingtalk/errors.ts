import { isObject } from "../base/json.ts";
import type { FailureFacts, PartsProgress } from "../delivery/channel.ts";
import type { Refusal, RefusalKind } from "./errcodes.ts";

interface DingTalkErrorInit extends Pick<DingTalkError, "reason" | "remedy" | "facts"> {
  readonly message: string;
  readonly cause?: unknown;
}

/** What every failure of the DingTalk side has in common. */
export abstract class DingTalkError extends Error {
  /** Stable word for programs, kebab-case: `sign-mismatch`, `timeout`, … */
  readonly reason: string;
  /**
   * What the reader can do about it: one clause, lower case, no full stop. A channel replaces a
   * remedy that is otherwise there.
   */
  remedy: string;
  /** What the failure means for delivery. A channel replaces facts that are otherwise there. */
  facts: FailureFacts;

  constructor({ message, cause, reason, remedy, facts }: DingTalkErrorInit) {
    super(message, { cause });
    this.reason = reason;
    this.remedy = remedy;
    this.facts = facts;
  }
}

/** What most failures have in common. */
const usual = {
  repeat: "never",
  mayHaveArrived: false,
  isUnderWay: false,
  neverReached: false,
  limit: "unknown",
  retryAfterMs: undefined,
  target: "good",
  lasts: "no",
} as const;

/** The message cannot be sent as it is. The text names the field and never quotes its value. */
export class InvalidMessageError extends DingTalkError {
  override readonly name = "InvalidMessageError";
  readonly code = "INVALID_MESSAGE";
  declare readonly reason: "invalid-message";
  /** Dotted path into the message, such as `link.messageUrl`; empty for the message as a whole. */
  readonly field: string;

  constructor(field: string, problem: string, remedy: string) {
    const reason = "invalid-message";
    const facts: FailureFacts = { ...usual, outcome: { kind: "invalid", reason } };
    super({ message: problem, reason, remedy, facts });
    this.field = field;
  }
}

type FactsOfKind = Omit<FailureFacts, "outcome">;

/** Refusals that come again with every message until somebody mends component or robot. */
const lasting: FactsOfKind = {
  ...usual,
  limit: "open",
  target: "failing",
  lasts: "until-mended",
};

/** One row for each kind of refusal. */
const factsOfKind: Readonly<Record<RefusalKind, FactsOfKind>> = {
  message: { ...lasting, target: "good", lasts: "for-good" },
  setup: lasting,
  access: lasting,
  robot: lasting,
  quota: lasting,
  // Nobody has described what would mend it, so every repeat asks DingTalk.
  unknown: { ...lasting, lasts: "no" },
  throttled: { ...usual, limit: "throttled", target: "failing" },
  banned: { ...usual, limit: "banned", target: "failing" },
  // What a busy DingTalk did with the message is not documented.
  busy: { ...usual, repeat: "later", mayHaveArrived: true },
};

/** What is known of a refusal beside its row of the catalogue. */
export interface RefusalDetails {
  /** Undefined only for the gateway's ban, which answers without one. */
  readonly errcode: number | undefined;
  /** DingTalk's own text, cleared of addresses, secrets and pieces of the message. */
  readonly errmsg: string;
  /** Whether the answer showed that the clock was wrong by which the message was signed. */
  readonly isClockCorrected?: boolean;
  /** How far a message of several parts got, as another replica kept it. */
  readonly parts?: PartsProgress | undefined;
}

/** DingTalk answered no. */
export class RobotRefusedError extends DingTalkError {
  override readonly name = "RobotRefusedError";
  readonly code = "ROBOT_REFUSED";
  readonly errcode: number | undefined;
  readonly errmsg: string;
  readonly kind: RefusalKind;

  constructor(refusal: Refusal, details: RefusalDetails) {
    const { errcode, errmsg, isClockCorrected = false, parts } = details;
    const { reason, kind, remedy } = refusal;
    const outcome = { kind: "refused", reason, errcode } as const;
    const facts = { ...factsOfKind[kind], outcome, parts };
    super({
      message: describe(refusal, errmsg),
      reason,
      remedy,
      facts: isClockCorrected ? { ...facts, repeat: "at-once" } : facts,
    });
    this.errcode = errcode;
    this.errmsg = errmsg;
    this.kind = kind;
  }

  /** What is remembered of a refusal that lasts. {@link parseRefusal} reads it. */
  toJSON(): object {
    const { errcode, kind, reason, message: summary, remedy } = this;
    return { errcode, kind, reason, summary, remedy, parts: this.facts.parts };
  }
}

/** Reads a refusal that a replica of this or another version kept, and says how old it is. */
export function parseRefusal(json: string, agoMs: number): Error {
  const refusal: unknown = JSON.parse(json);
  if (!isRefusal(refusal)) return new Error("another version keeps other refusals in Redis");
  const errcode = "errcode" in refusal ? Number(refusal.errcode) : undefined;
  const answer = `the answer of ${Math.round(agoMs / 1000)} s ago`;
  const summary = `${refusal.summary} (this repeats ${answer}; DingTalk was not asked again)`;
  const { arrived, count } = "parts" in refusal && isObject(refusal.parts) ? refusal.parts : {};
  const hasParts = typeof arrived === "number" && typeof count === "number";
  const parts = hasParts ? { arrived, count } : undefined;
  return new RobotRefusedError({ ...refusal, summary }, { errcode, errmsg: "", parts });
}

function isRefusal(value: unknown): value is Refusal {
  const textOf = (name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  const isComplete = ["reason", "summary", "remedy"].every(
    (name) => typeof textOf(name) === "string",
  );
  return isComplete && Object.hasOwn(factsOfKind, String(textOf("kind")));
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
  | "no-connection-left"
  | "connection-lost"
  | "not-http"
  | "http-error"
  | "redirected"
  | "unusable-answer"
  | "timeout"
  | "cancelled";

/** What is known of a missing answer beside its reason. */
export interface UnreachableDetails {
  readonly message: string;
  /** Whether the robot may have the message. */
  readonly mayHaveArrived: boolean;
  /** The HTTP status, where there was an answer at all. */
  readonly httpStatus?: number | undefined;
  /** What to do, where more is known than the reason tells. */
  readonly remedy?: string | undefined;
  /** What the answer said of the robot's limit, where the reason does not say it. */
  readonly limit?: FailureFacts["limit"] | undefined;
  /** How long the answer asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
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
    const { message, httpStatus, cause } = details;
    const row = unreachableReasons[reason];
    const facts = unreachableFacts(reason, details);
    const usualRemedy = facts.neverReached ? (row.remedyUnsent ?? row.remedy) : row.remedy;
    super({ message, reason, cause, facts, remedy: details.remedy ?? usualRemedy });
    this.httpStatus = httpStatus;
  }
}

function unreachableFacts(reason: UnreachableReason, details: UnreachableDetails): FailureFacts {
  const { mayHaveArrived, retryAfterMs, httpStatus } = details;
  const { remedy: _remedy, remedyUnsent: _unsent, ...row } = unreachableReasons[reason];
  // A client error, 4xx, comes again with every repeat; a server error may be over soon.
  const isClientError = reason === "http-error" && !mayHaveArrived;
  return {
    ...row,
    ...(isClientError && { repeat: "never" }),
    limit: details.limit ?? row.limit,
    retryAfterMs,
    mayHaveArrived,
    // Whoever answered with a status was reached.
    neverReached: !mayHaveArrived && httpStatus === undefined,
    outcome: { kind: "unreachable", reason, httpStatus },
  };
}

interface UnreachableRow
  extends Omit<FailureFacts, "mayHaveArrived" | "neverReached" | "retryAfterMs" | "outcome"> {
  readonly remedy: string;
  /** The remedy of a message that had not left. Unset if the remedy fits both. */
  readonly remedyUnsent?: string;
}

/** A reason that may be over at the next attempt. */
function passing(remedy: string): UnreachableRow {
  return { ...usual, repeat: "later", target: "failing", remedy };
}

/** One row for each reason. The documents list the remedies from here. */
export const unreachableReasons: Readonly<Record<UnreachableReason, UnreachableRow>> = {
  "dns-failed": passing("check the host name in the component's url and the pod's DNS"),
  "connect-failed": passing(
    "check that something listens at the robot's host and port, or set HTTPS_PROXY if the way leads through a proxy",
  ),
  "tls-failed": passing(
    "check the certificate of the robot's host; a CA of your own goes into NODE_EXTRA_CA_CERTS",
  ),
  "proxy-failed": passing(
    "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and that the proxy lets the robot's host through",
  ),
  "no-connection-left": {
    ...passing(
      "raise this process's limit of open files, send less at a time, or find out why the robot's host answers slowly",
    ),
    target: "good",
  },
  "connection-lost": passing(
    "the message may have arrived; look into the group before sending it again",
  ),
  "not-http": {
    ...passing("check that scheme and port of the component's url are those of an HTTP server"),
    repeat: "never",
  },
  "http-error": passing(
    "the robot's host is in trouble or the url is not a robot's; try again later",
  ),
  redirected: {
    ...passing("copy the webhook address from the robot's page into the component's url again"),
    repeat: "never",
  },
  "unusable-answer": {
    ...passing(
      "check that the component's url is a robot's webhook and no gateway answers in its place",
    ),
    repeat: "never",
  },
  timeout: {
    ...passing(
      "the message may have arrived; raise responseTimeout or look into the group before sending it again",
    ),
    isUnderWay: true,
  },
  cancelled: {
    ...passing("the caller went away; the message may have arrived"),
    repeat: "never",
    isUnderWay: true,
    remedyUnsent: "the message had not left; send it again if it is still wanted",
  },
};
