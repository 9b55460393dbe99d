import type { IncomingHttpHeaders } from "node:http";
import type { JsonObject } from "../../src/base/json.ts";
import { maxBodyBytes } from "../../src/dingtalk/limits.ts";
import { parseMessageJson } from "../../src/dingtalk/message-data.ts";
import { findMissingField } from "../../src/dingtalk/message-rules.ts";
import { findType } from "../../src/dingtalk/messages/index.ts";
import { sign } from "../../src/dingtalk/signature.ts";
import { type Refusal, refuse } from "./answers.ts";
import { isInAnyRange } from "./ip-ranges.ts";
import { stringLeaves } from "./json.ts";
import type { RobotSettings } from "./settings.ts";

/** A request to a robot or to a session webhook. */
export interface RobotRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** `"too-large"` if the body was not read to its end. */
  readonly body: Buffer | "too-large";
  /** The sender's address; an IPv4 address in dotted form. */
  readonly remoteAddress: string;
}

/** A message that passed the checks. */
export interface Acceptance {
  readonly accepted: true;
  readonly message: JsonObject;
}

/** The largest difference between the sender's clock and the sandbox's that DingTalk accepts. */
export const signatureWindowMs = 60 * 60 * 1000;
/** How much of an unknown msgtype an answer repeats. */
const maxMsgtypeChars = 64;

/** The first checks, before the robot is looked up. */
export function checkAddress({ method, query }: RobotRequest): Refusal | undefined {
  if (method !== "POST") return refuse("method-not-post");
  return query.get("access_token") ? undefined : refuse("token-missing");
}

/**
 * Makes all checks that need the robot. Probes of DingTalk show that the address, the rate and the
 * token are checked first; the order of the other checks is not known.
 */
export function checkMessage(
  robot: RobotSettings,
  request: RobotRequest,
  now: number,
): Refusal | Acceptance {
  const acceptance = readMessage(request, robot.generation);
  if (!acceptance.accepted) return acceptance;
  const { message } = acceptance;
  const refusal =
    checkSignature(robot, request.query, now) ??
    checkAllowedIps(robot, request.remoteAddress) ??
    checkKeywords(robot, message) ??
    checkContent(message, request.body, robot.generation);
  return refusal ?? acceptance;
}

/** Makes the checks of a session webhook: no secret and no keyword, because the session is secret. */
export function checkReply(request: RobotRequest, generation: Style): Refusal | Acceptance {
  const acceptance = readMessage(request, generation);
  if (!acceptance.accepted) return acceptance;
  return checkContent(acceptance.message, request.body, generation) ?? acceptance;
}

/** Makes the checks that concern the message alone. */
export function checkContent(
  message: JsonObject,
  body: RobotRequest["body"],
  generation: Style,
): Refusal | undefined {
  return (
    checkMsgtype(message, generation) ??
    checkFields(message, generation) ??
    checkSize(body, generation)
  );
}

type Style = RobotSettings["generation"];

function readMessage({ headers, body }: RobotRequest, generation: Style): Refusal | Acceptance {
  // DingTalk may accept other types: a sample in its documentation posts a form.
  if (!/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    return refuse("content-type-unsupported", { generation });
  }
  if (body === "too-large") return refuse("body-too-large", { generation });
  if (body.length === 0) return refuse("body-missing", { generation });
  const message = parseMessageJson(body.toString());
  return message ? { accepted: true, message } : refuse("json-invalid", { generation });
}

function checkAllowedIps(
  { allowedIps = [], generation }: RobotSettings,
  ip: string,
): Refusal | undefined {
  if (allowedIps.length === 0 || isInAnyRange(ip, allowedIps)) return undefined;
  return refuse("ip-not-allowed", { generation, ip });
}

/** Of two equal parameters the first counts, so a stale `sign` in front of a fresh one fails. */
function checkSignature(
  { secret, generation }: RobotSettings,
  query: URLSearchParams,
  now: number,
): Refusal | undefined {
  if (secret === undefined) return undefined;
  const signature = query.get("sign");
  const timestamp = query.get("timestamp");
  if (!signature) return refuse("sign-missing", { generation });
  if (!timestamp) return refuse("timestamp-missing", { generation });
  if (!/^\d+$/.test(timestamp)) return refuse("timestamp-malformed", { generation });
  const skewMs = Number(timestamp) - now;
  if (Math.abs(skewMs) > signatureWindowMs) {
    return refuse("timestamp-expired", { generation, skewMs });
  }
  const isRight = signature === sign(Number(timestamp), secret);
  return isRight ? undefined : refuse("sign-mismatch", { generation, skewMs });
}

/**
 * Which fields DingTalk searches is not documented: all are searched here. The line break keeps a
 * keyword from matching across the border of two fields.
 */
function checkKeywords(
  { keywords = [], generation }: RobotSettings,
  message: JsonObject,
): Refusal | undefined {
  if (keywords.length === 0) return undefined;
  const text = stringLeaves(message).join("\n");
  const isFound = keywords.some((keyword) => text.includes(keyword));
  return isFound ? undefined : refuse("keyword-missing", { generation });
}

function checkMsgtype({ msgtype }: JsonObject, generation: Style): Refusal | undefined {
  if (msgtype === undefined || msgtype === null) return refuse("msgtype-missing", { generation });
  if (findType(msgtype) !== undefined) return undefined;
  const text = typeof msgtype === "string" ? msgtype : JSON.stringify(msgtype);
  const shown = text.slice(0, maxMsgtypeChars);
  return refuse("msgtype-unsupported", { generation, msgtype: shown });
}

function checkFields(message: JsonObject, generation: Style): Refusal | undefined {
  const missing = findMissingField(message);
  return missing && refuse("field-missing", { generation, ...missing });
}

/** Whether DingTalk counts the whole body or the text alone is uncertain; its text says body. */
function checkSize(body: RobotRequest["body"], generation: Style): Refusal | undefined {
  const isTooLong = body === "too-large" || body.length > maxBodyBytes;
  return isTooLong ? refuse("message-too-long", { generation }) : undefined;
}
