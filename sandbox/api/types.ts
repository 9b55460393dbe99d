/**
 * Everything that the sandbox's page and API exchange; types only, for server and page alike.
 *
 * | method | path | request | answer |
 * |---|---|---|---|
 * | GET | /api/events?token=T | header `Last-Event-ID` to resume | event stream, see {@link StreamEvents} |
 * | GET | /api/entries?token=&contains=&kind=&outcome=&limit=&reveal=1 | | {@link Entry}[], oldest first |
 * | GET | /api/entries/{id}?reveal=1 | | {@link Entry} |
 * | GET | /api/robots?reveal=1 | | {@link RobotState}[] |
 * | GET | /api/robots/{token}?reveal=1 | | {@link RobotState} |
 * | PATCH | /api/robots/{token}/rules | {@link RulesPatch} | {@link RobotState} |
 * | PUT | /api/robots/{token}/faults | {@link Fault}[] (replaces all; [] for none) | {@link RobotState} |
 * | PATCH | /api/robots/{token}/human | {@link HumanPatch} | {@link RobotState} |
 * | POST | /api/robots/{token}/human | {@link HumanSpeech} | {@link Entry}, once the callback is over |
 * | GET | /api/messages?token=&contains= | | {@link ReceivedMessage}[], oldest first |
 * | DELETE | /api/messages?token= | | 204; forgets entries of all kinds |
 * | GET | /api/messages/latest?token=&contains= | | {@link ReceivedMessage}, or 404 |
 * | GET | /api/messages/wait?token=&contains=&count=1&timeout=10 | seconds, at most 300 | {@link ReceivedMessage}[], or 504 |
 * | GET | /api/openapi.json | | this, as OpenAPI 3.1 |
 *
 * Tokens in paths are percent-encoded. Every failure is an {@link ApiError} with its HTTP status:
 * 400 for a bad value, 403 for another origin, 404, 405, 413 for a body over 1 MiB. Secrets are
 * {@link Masked} unless asked for with `reveal=1`.
 */

/** Any JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The real text, or `••••••••` where there is one and nobody asked for it with `reveal=1`. */
export type Masked = string;

/** Words of an explanation: the page says it in its own language from `code` and `params`. */
export interface Remark<Code extends string = string> {
  readonly code: Code;
  /** What the sentence names; the codes' own comments list them. Shown as text, never as HTML. */
  readonly params: Readonly<Record<string, string | number>>;
  /** The same in plain English, one sentence without full stop. */
  readonly text: string;
}

/** Why a request was refused, as exactly as the sandbox can tell. Params in parentheses. */
export type ExplanationCode =
  /** (method) */
  | "method-not-post"
  | "token-missing"
  | "token-unknown"
  /** (penaltySeconds: what was left then, messagesPerMinute) */
  | "throttled"
  /** (monthlyQuota) */
  | "quota-exceeded"
  /** (contentType: empty for none) */
  | "content-type-unsupported"
  | "body-missing"
  | "body-too-large"
  /** (problem: the parser's own words) */
  | "json-invalid"
  /** Neither sign nor timestamp is anywhere. */
  | "signature-missing"
  /** `timestamp` and `sign` came as HTTP headers and belong into the query. */
  | "signature-in-headers"
  | "sign-missing"
  | "timestamp-missing"
  | "sign-wrong-secret"
  /** The sign is right once it is decoded once more. */
  | "sign-encoded-twice"
  /** The sign was put into the address unencoded: its `+` became a space. */
  | "sign-not-encoded"
  | "timestamp-malformed"
  /** Seconds where milliseconds belong. */
  | "timestamp-in-seconds"
  /** (minutes: positive when the sender is ahead) */
  | "clock-off"
  /** The address holds several timestamps and the first one, which counts, is old. (minutes) */
  | "timestamp-stale-in-url"
  /** (ip) */
  | "ip-not-allowed"
  /** (keywords: joined with ", ") */
  | "keyword-missing"
  | "msgtype-missing"
  /** (msgtype) */
  | "msgtype-unsupported"
  /** (field: dotted path) */
  | "field-missing"
  /** (field, spelledAs) */
  | "field-misspelled"
  /** (bytes, maxBytes) */
  | "message-too-long"
  /** A session webhook that nobody was given. */
  | "session-unknown"
  /** (minutes: since it expired) */
  | "session-expired";

/** What would disappoint in a message that was accepted. Params in parentheses; lines count from 1. */
export type LintCode =
  /** In `at` but not in the text: nobody is pinged. (mention: such as "@13800000000") */
  | "mention-not-in-text"
  /** (msgtype) link and feedCard ping nobody. */
  | "mention-unsupported"
  /** (count, max) */
  | "mentions-over-limit"
  /** (line) */
  | "markdown-table"
  /** (line, tag) */
  | "markdown-html"
  /** (line, construct: code, strikethrough, rule, task, setext) */
  | "markdown-unsupported"
  /** (line) The line break after this line is drawn as a space. */
  | "markdown-newline"
  /** (url) */
  | "image-http"
  /** (field) */
  | "title-missing"
  /** (bytes, maxBytes, percent) */
  | "nearly-too-long";

/** What went wrong with a callback. */
export type CallbackProblemCode =
  /** (seconds) */
  | "callback-timeout"
  /** (problem) */
  | "callback-unreachable"
  /** (status) Not 2xx. */
  | "callback-status"
  /** The answer has a body that is no message. (problem) */
  | "callback-answer-invalid";

/**
 * `accepted`: it is in the group. `refused`: DingTalk would have said no. `faulted`: a fault that
 * was set kept it out of the group.
 */
export type Outcome = "accepted" | "refused" | "faulted";

/** `message`: from a sender; `human`: typed on the page; `reply`: the answer to a human. */
export type EntryKind = "message" | "human" | "reply";

/** One thing that happened in a room. The same `id` sent again replaces what was there. */
export interface Entry {
  /** A decimal number that counts up over all rooms; the order within a room. */
  readonly id: string;
  readonly token: string;
  /** ISO 8601, UTC; of the first request where there are several. */
  readonly receivedAt: string;
  readonly kind: EntryKind;
  readonly via: "robot-send" | "session-webhook" | "http-answer" | "page";
  readonly outcome: Outcome;
  /** What was answered; null where no errcode was, as after a fault, or for kind human. */
  readonly errcode: number | null;
  readonly errmsg: string;
  /** Null unless refused. */
  readonly explanation: Remark<ExplanationCode> | null;
  /** A plain English sentence: the explanation, or the fault; null where all went well. */
  readonly why: string | null;
  /** The fault that hit the request: with `delay`, `truncated` and `lost-answer` it may be accepted. */
  readonly fault: FaultEffect | null;
  /** The wire shape; null where the body was no JSON object or over 20,000 bytes by far. */
  readonly message: JsonObject | null;
  /** As received, decoded as UTF-8; at most the first 32,768 characters. */
  readonly body: string;
  readonly bodyBytes: number;
  /** Null for a reply in the HTTP answer and for kind human. */
  readonly request: RequestFacts | null;
  readonly msgUuid: string | null;
  /** All requests with this `msgUuid`, oldest first, at most the last 100; one without msgUuid. */
  readonly attempts: readonly Attempt[];
  readonly lint: readonly Remark<LintCode>[];
  readonly mentions: Mentions;
  /** The human entry that a reply answers. */
  readonly replyTo: string | null;
  /** Only for kind human. */
  readonly callback: Callback | null;
}

/** How a request came. */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  /** In order, decoded, equal names several times; `access_token`, `sign`, `session` {@link Masked}. */
  readonly query: readonly (readonly [name: string, value: Masked])[];
  /** Lower-case names; secrets {@link Masked}. */
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
}

/** One request of several with the same `msgUuid`. */
export interface Attempt {
  readonly receivedAt: string;
  readonly outcome: Outcome;
  /** True for a repeat that was answered `ok` and not shown again. */
  readonly isRepeat: boolean;
  readonly errcode: number | null;
  readonly errmsg: string;
  readonly explanation: Remark<ExplanationCode> | null;
  readonly fault: FaultEffect | null;
}

/** Whom a message pings. */
export interface Mentions {
  /** Really pinged: in `at` and, as `@…`, in the text. */
  readonly mobiles: readonly string[];
  readonly userIds: readonly string[];
  readonly all: boolean;
  /** In `at` but not pinged. */
  readonly notPinged: readonly NotPinged[];
}

/** Somebody in `at` who is not pinged; `value` is `all` for kind all. */
export interface NotPinged {
  readonly kind: "mobile" | "userId" | "all";
  readonly value: string;
  readonly reason: "not-in-text" | "over-limit" | "unsupported-msgtype";
}

/** The callback that a human's words caused. */
export interface Callback {
  readonly state: "waiting" | "answered" | "failed";
  readonly url: string;
  /** `sign` and `token` {@link Masked}. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON text that was sent; its sessionWebhook is real. */
  readonly body: string;
  readonly status: number | null;
  readonly durationMs: number | null;
  /** At most the first 32,768 characters. */
  readonly answerBody: string;
  readonly problem: Remark<CallbackProblemCode> | null;
}

/** How a robot judges. */
export interface Rules {
  /** Null where the robot asks for no signature. */
  readonly secret: Masked | null;
  /** At most 10; empty for none. */
  readonly keywords: readonly string[];
  /** IPv4 addresses and CIDR blocks; empty for all. */
  readonly allowedIps: readonly string[];
  /** 20 by default, at least 1. */
  readonly messagesPerMinute: number;
  /** How long a robot refuses after one message too many; 600 by default, 0 for not at all. */
  readonly penaltySeconds: number;
  /** Null for none. */
  readonly monthlyQuota: number | null;
  /** The generation of error texts; `d`, the newest, by default. */
  readonly generation: "a" | "b" | "c" | "d";
}

/** What is absent stays as it is. A `secret` of `••••••••` is refused. */
export type RulesPatch = Partial<Rules>;

/** What a fault does to a request. */
export type FaultEffect =
  /** Answers so; `errmsg` is the catalogue's summary by default. */
  | { readonly type: "errcode"; readonly errcode: number; readonly errmsg?: string }
  /** 400 to 599, with an empty body. */
  | { readonly type: "http-status"; readonly status: number }
  /** The gateway's HTML page with HTTP 200. */
  | { readonly type: "html" }
  /** Answers as usual, later; at most 600,000 ms. */
  | { readonly type: "delay"; readonly delayMs: number }
  /** Never answers, nothing is delivered. */
  | { readonly type: "hang" }
  /** Resets the connection, nothing is delivered. */
  | { readonly type: "reset" }
  /** Judges as usual, then breaks off in the middle of the answer. */
  | { readonly type: "truncated" }
  /** Answers HTTP 302. */
  | { readonly type: "redirect" }
  /** Judges as usual, then closes the connection without an answer. */
  | { readonly type: "lost-answer" };

/** A fault; exactly one of `next` and `share` is there. The first that applies is taken. */
export interface Fault {
  readonly effect: FaultEffect;
  /** The next so many requests; counts down, the fault goes at 0. */
  readonly next?: number;
  /** A share of all requests, above 0 and up to 1. */
  readonly share?: number;
}

/** The human and where the robot's callbacks go. */
export interface HumanSettings {
  /** http or https; null until it is set. */
  readonly callbackUrl: string | null;
  /** Signs callbacks as those of an app's robot. */
  readonly appSecret: Masked | null;
  /** The `token` header of Outgoing robots. */
  readonly outgoingToken: Masked | null;
  readonly senderNick: string;
  readonly conversationTitle: string;
}

/** What is absent stays as it is; null removes. */
export type HumanPatch = Partial<HumanSettings>;

/** What a human says; the robot counts as mentioned. */
export interface HumanSpeech {
  /** 1 to 20,000 characters. */
  readonly text: string;
}

/** A robot and all that is set for it. */
export interface RobotState {
  readonly token: string;
  /** Made on first use, with `--open`. */
  readonly isOpened: boolean;
  readonly rules: Rules;
  readonly faults: readonly Fault[];
  /** ISO 8601; null while the robot is not throttled. */
  readonly penaltyEndsAt: string | null;
  /** Messages accepted in the running month (UTC). */
  readonly monthlyCount: number;
  /** Entries in the room. */
  readonly entryCount: number;
  readonly human: HumanSettings;
}

/**
 * The events of `/api/events`: `event:` is the key, `data:` the JSON of the type. Every event has an
 * `id:`; with it as `Last-Event-ID` a new connection gets what changed since, and a snapshot where
 * that cannot be told (the sandbox was started anew). Without it the first event is a snapshot.
 * Comment lines keep the connection alive. The page keeps the last `maxEntries` of a room itself.
 */
export interface StreamEvents {
  snapshot: Snapshot;
  /** Only of the token asked for; of all without one. New, or known by its `id` and changed. */
  entry: Entry;
  /** Of every robot, whatever token was asked for: new or changed. */
  robot: RobotState;
  /** The room was emptied: entries with an id up to `upToId` are gone. */
  cleared: Cleared;
}

/** A room that was emptied. */
export interface Cleared {
  readonly token: string;
  readonly upToId: string;
}

/** Everything at a moment. */
export interface Snapshot {
  /** The sandbox's time, for countdowns. ISO 8601. */
  readonly now: string;
  /** Unknown tokens make a robot. */
  readonly isOpen: boolean;
  /** 1,000, per room. */
  readonly maxEntries: number;
  readonly robots: readonly RobotState[];
  /** Of the token asked for, or all; in the order of their ids. */
  readonly entries: readonly Entry[];
}

/** An accepted message as tests read it, from a sender or as a reply. Nothing is masked. */
export interface ReceivedMessage {
  readonly id: string;
  readonly token: string;
  readonly receivedAt: string;
  readonly message: JsonObject;
  /** Of two equal parameters the first. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The body of every failed API call. */
export interface ApiError {
  /** The HTTP status. */
  readonly errcode: number;
  readonly errmsg: string;
  /** Dotted path of the bad value, where there is one. */
  readonly field?: string;
}
