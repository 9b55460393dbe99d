/** What a refusal is about. `errors.ts` says for each kind what delivery makes of it. */
export type RefusalKind =
  /** The message itself is not accepted. */
  | "message"
  /** Signature, time stamp or keyword: the component or the robot is set up wrongly. */
  | "setup"
  /** The token is unknown, or this address is not allowed. */
  | "access"
  /** The robot was stopped or its group dissolved. */
  | "robot"
  /** Too many messages a minute. */
  | "throttled"
  /** DingTalk's gateway refuses everything from this address for some minutes. */
  | "banned"
  /** The month's quota is used up. */
  | "quota"
  /** DingTalk is busy: the only kind that a repeat may mend. */
  | "busy"
  /** The errcode is not in the catalogue. */
  | "unknown";

/** One row of the catalogue. */
export interface Refusal {
  /** Stable word for programs, kebab-case. */
  readonly reason: string;
  readonly kind: RefusalKind;
  /** What happened, lower case, no full stop. */
  readonly summary: string;
  /** What to do, one clause, lower case, no full stop. */
  readonly remedy: string;
}

/** A row with its errcodes. `match` tests the errmsg of an errcode that has several meanings. */
export interface CatalogueEntry extends Refusal {
  readonly errcodes: readonly number[];
  readonly match?: RegExp;
}

const missingField = "fill in the field that DingTalk requires for this msgtype";

/**
 * What robots are known to answer. The first row that matches counts.
 *
 * DingTalk asks clients to rely on errcode, not on errmsg. But 310000 has four meanings that only
 * errmsg tells apart, and DingTalk has changed these texts three times.
 *
 * @see https://open.dingtalk.com/document/development/custom-robots-send-group-messages
 */
export const catalogue = [
  {
    // 500100: 系统异常，请稍后再试. See https://github.com/jeessy2/ddns-go/issues/1048.
    errcodes: [-1, 500100],
    reason: "busy",
    kind: "busy",
    summary: "DingTalk is busy",
    remedy: "try again later, with the same msgUuid",
  },
  {
    errcodes: [310000],
    match: /invalid timestamp|签名过期/i,
    reason: "timestamp-invalid",
    kind: "setup",
    summary: "the robot did not accept the time of the signature",
    remedy: "set this machine's clock, it is off by more than an hour",
  },
  {
    errcodes: [310000],
    match: /sign not match|签名不匹配/i,
    reason: "sign-mismatch",
    kind: "setup",
    summary: "the robot did not accept the signature",
    remedy: "set the component's secret to the SEC… string on the robot's security page",
  },
  {
    errcodes: [310000],
    match: /keyword|关键词/i,
    reason: "keyword-missing",
    kind: "setup",
    summary: "the message holds none of the robot's keywords",
    remedy:
      "put one of the keywords from the robot's security page into the message, or set the component's keyword",
  },
  {
    errcodes: [310000],
    match: /whitelist|白名单/i,
    reason: "ip-not-allowed",
    kind: "access",
    summary: "the robot does not accept this address",
    remedy: "add this machine's outgoing IPv4 address to the robot's security page",
  },
  {
    errcodes: [310000],
    reason: "security-refused",
    kind: "setup",
    summary: "the message did not pass the robot's security settings",
    remedy: "compare the component with the robot's security page: signature, keywords, addresses",
  },
  {
    errcodes: [300005, 400101, 400106],
    reason: "token-unknown",
    kind: "access",
    summary: "DingTalk knows no robot with this access token",
    remedy: "copy the webhook address from the robot's page into the component's url again",
  },
  {
    errcodes: [300001],
    match: /session|会话|會話/i,
    reason: "session-expired",
    kind: "access",
    summary: "the session webhook has expired",
    remedy:
      "answer before the sessionWebhookExpiredTime of the message, or send through a robot's own webhook",
  },
  {
    errcodes: [300001],
    // A JSON parser speaks of tokens, too: `unexpected token at position 5`.
    match: /access_?token|令牌|(?<!expected |json )(?<![a-z])token(?![a-z]| at | unexpected)/i,
    reason: "token-unknown",
    kind: "access",
    summary: "DingTalk knows no robot with this access token",
    remedy: "copy the webhook address from the robot's page into the component's url again",
  },
  {
    // Seen with "msgtype is null" and "param error".
    errcodes: [300001],
    reason: "param-invalid",
    kind: "message",
    summary: "DingTalk did not accept a field of the message",
    remedy: "compare the message with DingTalk's page of its msgtype",
  },
  {
    errcodes: [400013],
    reason: "group-dissolved",
    kind: "robot",
    summary: "the robot's group was dissolved",
    remedy: "make a robot in another group and put its address into the component's url",
  },
  {
    errcodes: [400102],
    reason: "robot-stopped",
    kind: "robot",
    summary: "the robot is stopped",
    remedy: "enable the robot on its page in the group",
  },
  {
    errcodes: [130101, 410100, 660026, 90002, 90018],
    reason: "throttled",
    kind: "throttled",
    summary: "the robot got more than its 20 messages a minute",
    remedy: "send less, DingTalk refuses this robot for up to ten minutes",
  },
  {
    errcodes: [90030, 90020],
    reason: "quota-exceeded",
    kind: "quota",
    summary: "the organisation's monthly quota of robot messages is used up",
    remedy: "raise the quota in DingTalk's admin console or wait for the next month",
  },
  {
    errcodes: [40035],
    match: /access_token/i,
    reason: "token-missing",
    kind: "access",
    summary: "the component's url holds no access_token",
    remedy: "copy the whole webhook address from the robot's page into the component's url",
  },
  {
    errcodes: [40035],
    reason: "json-invalid",
    kind: "message",
    summary: "DingTalk could not read the message as JSON",
    remedy: "send one JSON object",
  },
  {
    errcodes: [43002, 43004, 43005, 43009],
    reason: "request-invalid",
    kind: "setup",
    summary: "DingTalk did not accept the form of the request",
    remedy: "check that no proxy between here and DingTalk changes the request",
  },
  {
    errcodes: [400105],
    reason: "msgtype-unsupported",
    kind: "message",
    summary: "the robot does not know this msgtype",
    remedy: "use text, link, markdown, actionCard or feedCard",
  },
  {
    errcodes: [460101, 101002],
    reason: "message-too-long",
    kind: "message",
    summary: "the message is longer than 20,000 bytes",
    remedy: "shorten it or send it in parts",
  },
  {
    errcodes: [430101, 430102, 430103, 430104],
    reason: "content-refused",
    kind: "message",
    summary: "DingTalk's content check refused the message",
    remedy: "remove the link, text or image that DingTalk takes for unsafe",
  },
  {
    errcodes: [
      400201, 400202, 400301, 400302, 400303, 400304, 400401, 400402, 400403, 400501, 400502,
      400503, 400504, 400505, 400506, 400601, 400602, 401104,
    ],
    reason: "field-missing",
    kind: "message",
    summary: "the message lacks a field that its msgtype requires",
    remedy: missingField,
  },
  {
    errcodes: [22, 404],
    reason: "path-unknown",
    kind: "setup",
    summary: "the component's url is not the address of a robot",
    remedy: "copy the whole webhook address from the robot's page into the component's url",
  },
] as const satisfies readonly CatalogueEntry[];

/** The gateway's ban of an address: an object with `punish` and, as a rule, no errcode. */
export const gatewayBan = {
  reason: "address-banned",
  kind: "banned",
  summary: "DingTalk's gateway refuses this address for some minutes",
  remedy: "send nothing for five minutes and less afterwards",
} as const satisfies Refusal;

/** An errcode that has no row in the catalogue. */
export const unknownRefusal = {
  reason: "refused",
  kind: "unknown",
  summary: "the robot refused the message",
  remedy: "look the errcode up in DingTalk's documentation",
} as const satisfies Refusal;

/**
 * What an errcode means; undefined for 0, which is no refusal. The kind of an errcode that is not in
 * the catalogue is `unknown`.
 */
export function explainErrcode(errcode: number, errmsg: string): Refusal | undefined {
  if (errcode === 0) return undefined;
  const entries: readonly CatalogueEntry[] = catalogue;
  return (
    entries.find(
      (entry) => entry.errcodes.includes(errcode) && (entry.match?.test(errmsg) ?? true),
    ) ?? unknownRefusal
  );
}
