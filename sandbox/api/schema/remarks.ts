import * as z from "zod";
import { named, oneOf } from "./values.ts";

/** Why a request was refused, as exactly as the sandbox can tell. Params in parentheses. */
const explanationCodes = [
  /** (method) */
  "method-not-post",
  "token-missing",
  "token-unknown",
  /** (penaltySeconds: what was left then, messagesPerMinute) */
  "throttled",
  /** (monthlyQuota) */
  "quota-exceeded",
  /** (contentType: empty for none) */
  "content-type-unsupported",
  "body-missing",
  "body-too-large",
  /** (problem: the parser's own words) */
  "json-invalid",
  /** The request has neither sign nor timestamp. */
  "signature-missing",
  /** `timestamp` and `sign` came as HTTP headers; they belong into the query. */
  "signature-in-headers",
  "sign-missing",
  "timestamp-missing",
  "sign-wrong-secret",
  /** The sign is right after it is decoded once more. */
  "sign-encoded-twice",
  /** The sign was put into the address unencoded: its `+` became a space. */
  "sign-not-encoded",
  "timestamp-malformed",
  /** The timestamp is in seconds; DingTalk expects milliseconds. */
  "timestamp-in-seconds",
  /** (minutes: positive if the sender's clock is ahead) */
  "clock-off",
  /** The address holds several timestamps; the first one counts and is old. (minutes) */
  "timestamp-stale-in-url",
  /** (ip) */
  "ip-not-allowed",
  /** (keywords: joined with ", ") */
  "keyword-missing",
  "msgtype-missing",
  /** (msgtype, right) */
  "msgtype-misspelled",
  /** (msgtype) */
  "msgtype-unsupported",
  /** (field: dotted path) */
  "field-missing",
  /** (field, spelledAs) */
  "field-misspelled",
  /** (field, found, wanted: "a text", "a list" and the like) */
  "field-wrong-type",
  /** (bytes, maxBytes) */
  "message-too-long",
  /** The sandbox never gave out this session webhook. */
  "session-unknown",
  /** (minutes: since the session webhook expired) */
  "session-expired",
] as const;

/** What the group would not show as the sender meant it. Params in parentheses; lines count from 1. */
const lintCodes = [
  /** In Markdown, who is in `at` but not in the text is not pinged. (mention: as "@13800000000") */
  "mention-not-in-text",
  /** (msgtype) link and feedCard ping nobody. */
  "mention-unsupported",
  /** (count, max) */
  "mentions-over-limit",
  /** DingTalk ignores the spelling. (field: the right one, spelledAs) */
  "field-ignored",
  /** DingTalk ignores the field where it is. (field, wanted: the place in JSON) */
  "field-misplaced",
  /** DingTalk cannot read the value. (field, found, wanted: "a text", "a list" and the like) */
  "field-wrong-type",
  /** (line) */
  "markdown-table",
  /** (line, tag) */
  "markdown-html",
  /** (line, construct: code, strikethrough, rule, task, setext) */
  "markdown-unsupported",
  /** (line) The line break after this line is drawn as a space. */
  "markdown-newline",
  /** (url) */
  "image-http",
  /** (field) */
  "title-missing",
  /** (bytes, maxBytes, percent) */
  "nearly-too-long",
] as const;

/** What went wrong with a callback. Params in parentheses. */
const callbackProblemCodes = [
  /** (seconds) */
  "callback-timeout",
  /** (problem) */
  "callback-unreachable",
  /** (status) The status is not 2xx. */
  "callback-status",
  /** The answer has a body that is no message. (problem) */
  "callback-answer-invalid",
  /** No connection was open: DingTalk would have dropped the message. */
  "stream-no-connection",
  /** (pushes) No copy was acked. */
  "stream-unacked",
] as const;

/** What is odd about one copy of a message. Params in parentheses. */
const pushRemarkCodes = [
  /** (ms, maxMs) */
  "ack-late",
  /** (connection) The ack came on a connection that did not get the copy, and does not count. */
  "ack-elsewhere",
  /** (messageId) */
  "ack-unknown-message",
  "ack-data-no-string",
  /** (code) The code is not 200. */
  "ack-code",
  /** The connection sent something that is no ack. */
  "ack-unreadable",
  /** (ms, maxMs) DingTalk would have given up. */
  "answer-late",
  /** It is not known whether DingTalk posts a callback again. */
  "repost-unknown",
] as const;

/** A remark with one of these codes. */
function remark<const Codes extends readonly string[]>(codes: Codes) {
  return z.object({
    code: oneOf(codes),
    params: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .describe("What the sentence names."),
    text: z.string().describe("The sentence in plain English, without a full stop."),
  });
}

/** Why a request was refused. */
export const explanation = named("Explanation", remark(explanationCodes));

/** A warning about a message that was accepted. */
export const lint = named("Lint", remark(lintCodes));

/** What went wrong with a callback. */
export const callbackProblem = named("CallbackProblem", remark(callbackProblemCodes));

/** What is odd about one copy of a message. */
export const pushRemark = named("PushRemark", remark(pushRemarkCodes));
