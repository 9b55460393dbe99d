import type { Dispatcher } from "undici";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { cleanErrmsg } from "./clean-errmsg.ts";
import { explainErrcode, gatewayBan } from "./errcodes.ts";
import { RobotRefusedError, RobotUnreachableError } from "./errors.ts";
import { exchange, type HttpAnswer, type StopSignal } from "./http-exchange.ts";
import { addressOf, type Robot } from "./robot.ts";

export interface RobotPost {
  readonly robot: Robot;
  /** A message as UTF-8 JSON. */
  readonly body: Uint8Array;
  readonly dispatcher: Dispatcher;
  /** See `HttpPost.signal`. */
  readonly signal: StopSignal;
  /** Milliseconds since 1970, for the signature. */
  readonly nowMs: number;
}

/**
 * Posts a message once, freshly signed; resolves when the robot took it.
 *
 * @throws {RobotRefusedError} when DingTalk says no
 * @throws {RobotUnreachableError} when there is no usable answer
 */
export async function postMessage(post: RobotPost): Promise<void> {
  const { robot, body, dispatcher, signal } = post;
  const url = addressOf(robot, post.nowMs);
  const answer = await exchange(dispatcher, { url, headers: headersFor(url), body, signal });
  checkAnswer(answer, (errmsg) => cleanErrmsg(errmsg, { url, secret: robot.secret, body }));
}

const headers: Readonly<Record<string, string>> = {
  accept: "application/json",
  "content-type": "application/json; charset=utf-8",
};

function headersFor({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return headers;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { ...headers, authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

function checkAnswer(answer: HttpAnswer, clean: (errmsg: string) => string): void {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    // Robots that are used too much answer with a redirect; following it would turn POST into GET.
    throw unusable(
      "redirected",
      `the robot's host answered with a redirect, HTTP ${status}`,
      answer,
    );
  }
  if (status >= 500)
    throw unusable("http-error", `the robot's host answered HTTP ${status}`, answer);
  const value = parseJson(answer.body);
  const fields = isObject(value) ? value : undefined;
  const errcode = readErrcode(fields);
  const errmsg = typeof fields?.errmsg === "string" ? fields.errmsg : "";
  const refusal = fields?.punish !== undefined ? gatewayBan : explainErrcode(errcode ?? 0, errmsg);
  if (refusal !== undefined) {
    const serverTimeMs = Date.parse(answer.date ?? "") || undefined;
    throw new RobotRefusedError(refusal, { errcode, errmsg: clean(errmsg), serverTimeMs });
  }
  if (status >= 400)
    throw unusable("http-error", `the robot's host answered HTTP ${status}`, answer);
  if (errcode === undefined)
    throw unusable("unusable-answer", "the answer holds no errcode", answer);
}

/** A client error never delivers; a server error or a strange answer may hide a delivered message. */
function unusable(
  reason: "redirected" | "http-error" | "unusable-answer",
  message: string,
  { status }: HttpAnswer,
): RobotUnreachableError {
  const mayHaveArrived = status < 300 || status >= 500;
  return new RobotUnreachableError(reason, { message, mayHaveArrived, httpStatus: status });
}

/** DingTalk documents a number and shows a string. */
function readErrcode(fields: JsonObject | undefined): number | undefined {
  const value = fields?.errcode;
  const isNumeric = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  const errcode = isNumeric ? Number(value) : Number.NaN;
  return Number.isSafeInteger(errcode) ? errcode : undefined;
}
