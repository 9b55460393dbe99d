import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { explainErrcode, gatewayBan, type Refusal } from "./errcodes.ts";
import { RobotUnreachableError } from "./errors.ts";
import type { HttpAnswer } from "./http-exchange.ts";

/** What a robot answered to a message that it did not take. */
export interface RobotRefusal {
  readonly refusal: Refusal;
  readonly errcode: number | undefined;
  /** As DingTalk sent it. It may quote the address and the message. */
  readonly errmsg: string;
}

/**
 * The refusal that an answer holds; undefined if the robot took the message.
 *
 * @throws {RobotUnreachableError} for an answer that is not a robot's
 */
export function readAnswer(answer: HttpAnswer): RobotRefusal | undefined {
  const { status } = answer;
  if (status >= 300 && status < 400) throw unusable("redirected", answer);
  if (status >= 500) throw unusable("http-error", answer);
  const value = parseJson(answer.body);
  const fields = isObject(value) ? value : undefined;
  const errcode = readErrcode(fields);
  const errmsg = typeof fields?.errmsg === "string" ? fields.errmsg : "";
  const refusal = fields?.punish !== undefined ? gatewayBan : explainErrcode(errcode ?? 0, errmsg);
  if (refusal !== undefined) return { refusal, errcode, errmsg };
  if (status >= 400) throw unusable("http-error", answer);
  if (errcode === undefined) throw unusable("unusable-answer", answer);
  return undefined;
}

const descriptions = {
  redirected: (status: number) => `the robot's host answered with a redirect, HTTP ${status}`,
  "http-error": (status: number) => `the robot's host answered HTTP ${status}`,
  "unusable-answer": () => "the answer holds no errcode",
} as const;

/** A client error never delivers; a server error or a strange answer may hide a delivered message. */
function unusable(
  reason: keyof typeof descriptions,
  { status }: HttpAnswer,
): RobotUnreachableError {
  const mayHaveArrived = status < 300 || status >= 500;
  const message = descriptions[reason](status);
  return new RobotUnreachableError(reason, { message, mayHaveArrived, httpStatus: status });
}

/** DingTalk documents a number and shows a string. */
function readErrcode(fields: JsonObject | undefined): number | undefined {
  const value = fields?.errcode;
  const isNumeric = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  const errcode = isNumeric ? Number(value) : Number.NaN;
  return Number.isSafeInteger(errcode) ? errcode : undefined;
}
