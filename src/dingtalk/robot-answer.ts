import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { explainErrcode, gatewayBan, type Refusal } from "./errcodes.ts";
import { RobotUnreachableError } from "./errors.ts";
import type { HttpAnswer } from "./http-exchange.ts";
import { redirectError } from "./redirects.ts";

/** What a robot answered to a message that it did not take. */
export interface RobotRefusal {
  readonly refusal: Refusal;
  readonly errcode: number | undefined;
  /** As DingTalk sent it. It may quote the address and the message. */
  readonly errmsg: string;
}

/** Where and when an answer was asked for. */
export interface AnswerContext {
  readonly url: URL;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * The refusal that an answer holds; undefined if the robot took the message.
 *
 * @throws {RobotUnreachableError} for an answer that is not a robot's
 */
export function readAnswer(answer: HttpAnswer, context: AnswerContext): RobotRefusal | undefined {
  const { status } = answer;
  if (status >= 300 && status < 400) throw redirectError(answer, context.url);
  if (status >= 500) throw httpError(answer, context);
  const value = parseJson(answer.body);
  const fields = isObject(value) ? value : undefined;
  const errcode = readErrcode(fields);
  const errmsg = typeof fields?.errmsg === "string" ? fields.errmsg : "";
  const refusal = isBan(fields) ? gatewayBan : explainErrcode(errcode ?? 0, errmsg);
  if (refusal !== undefined) return { refusal, errcode, errmsg };
  if (status >= 400) throw httpError(answer, context);
  if (errcode !== undefined) return undefined;
  throw new RobotUnreachableError("unusable-answer", {
    message: "the answer holds no errcode",
    mayHaveArrived: true,
    httpStatus: status,
  });
}

const notTheRobot =
  "a gateway or proxy answers in the robot's place; check the component's url and HTTPS_PROXY";
const wrongAddress =
  "copy the webhook address from the robot's page into the component's url again";
const otherClientError =
  "the answer stays the same; compare the component's url with the robot's page";

/** What to do about a client error. A repeat gets the same answer, so that waiting cures none. */
const remedies: ReadonlyMap<number, string> = new Map([
  [401, notTheRobot],
  [403, notTheRobot],
  [404, wrongAddress],
  [405, wrongAddress],
  [407, notTheRobot],
  [410, wrongAddress],
  [413, "a gateway takes no body of this size; shorten the message or raise the gateway's limit"],
  [429, "send less, the robot's host asks to be left alone for a while"],
]);

/** A client error never delivers; a server error may hide a delivered message. */
function httpError(
  { status, retryAfter }: HttpAnswer,
  { nowMs }: AnswerContext,
): RobotUnreachableError {
  const isThrottle = status === 429;
  return new RobotUnreachableError("http-error", {
    message: `the robot's host answered HTTP ${status}`,
    mayHaveArrived: status >= 500,
    httpStatus: status,
    retryAfterMs: readRetryAfter(retryAfter, nowMs),
    limit: isThrottle ? "throttled" : undefined,
    remedy: remedies.get(status) ?? (status < 500 ? otherClientError : undefined),
  });
}

/** Such as `Fri, 27 Nov 2026 12:00:30 GMT`. */
const httpDate = /^\s*[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\s*$/;

/** A `Retry-After` header, seconds or a date, as milliseconds from now. */
function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * 1000;
  // `Date.parse` takes almost any text with a number for a date.
  const ms = httpDate.test(text) ? Date.parse(text) - nowMs : Number.NaN;
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}

/** The gateway's ban has a word in the field, such as `deny`. */
function isBan(fields: JsonObject | undefined): boolean {
  return typeof fields?.punish === "string" && fields.punish !== "";
}

/** DingTalk documents a number and shows a string. */
function readErrcode(fields: JsonObject | undefined): number | undefined {
  const value = fields?.errcode;
  const isNumeric = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  const errcode = isNumeric ? Number(value) : Number.NaN;
  return Number.isSafeInteger(errcode) ? errcode : undefined;
}
