import { isObject, type JsonObject, parseJson } from "../../src/base/json.ts";
import { parseLenientJson } from "../../src/base/lenient-json.ts";
import type { Attempt, CallbackProblemCode, Remark } from "../api/types.ts";
import { checkContent } from "../robot/checks.ts";
import { remark } from "../robot/remark.ts";
import { createEntry, maxKeptChars } from "../rooms/entry.ts";
import { type SandboxDeps, toAttempt } from "../rooms/receive.ts";
import type { Room } from "../rooms/room.ts";
import { type CallbackResult, postCallback } from "./callback-call.ts";
import { callbackHeaders } from "./callback-payload.ts";
import { type Delivery, lateRemark, type PushRecord } from "./delivery.ts";

/** After so long, DingTalk gives a callback up. */
const maxAnswerMs = 2500;

/** How often a message is posted again, and what ends a post. */
export interface HttpPushOptions {
  /** How often the message is posted again if the answer is late or no HTTP 200. */
  readonly redeliveries: number;
  readonly signal: AbortSignal;
  /** True for a copy that is not the first one. Default: false. */
  readonly isAgain?: boolean;
}

/**
 * Posts a message to the robot's program and keeps its answer as a reply. If the answer is late or
 * no HTTP 200, the message is posted again later.
 *
 * @returns a promise that resolves when the first post is over
 */
export async function pushByHttp(delivery: Delivery, options: HttpPushOptions): Promise<void> {
  const { deps, room, callback } = delivery;
  const { redeliveries, signal, isAgain = false } = options;
  if (callback === undefined) return;
  const record = delivery.addPush({ connection: null, messageId: null, fault: null });
  if (isAgain) {
    record.remark(
      remark("repost-unknown", "it is not known whether DingTalk posts a message again"),
    );
    const isNew = room.human.redeliveryTimestamp === "new";
    if (isNew) delivery.change({ headers: callbackHeaders(room.human, deps.clock.now()) });
  }
  const headers = delivery.callback?.headers ?? callback.headers;
  const result = await postCallback({ ...callback, headers }, { clock: deps.clock, signal });
  const ms = record.elapsedMs();
  keepResult(delivery, record, result);
  const isLate = ms > maxAnswerMs;
  if (isLate) record.remark(lateRemark("answer-late", { ms, maxMs: maxAnswerMs }));
  if ((!isLate && result.status === 200) || redeliveries === 0) return;
  deps.timers.after(room.human.redeliverAfterSeconds * 1000, () => {
    const next = { redeliveries: redeliveries - 1, signal, isAgain: true };
    void pushByHttp(delivery, next).catch((error) => deps.report(error));
  });
}

function keepResult(delivery: Delivery, record: PushRecord, result: CallbackResult): void {
  const { deps, room, entryId, callback } = delivery;
  const { status, answer, problem } = result;
  const durationMs = record.elapsedMs();
  const kept = problem ?? keepAnswer(deps, room, { replyTo: entryId, text: answer });
  // A copy that fails does not undo the success of an earlier one.
  const isWorse = callback?.state === "answered" && problem !== null;
  record.change(
    { code: status, durationMs },
    isWorse
      ? {}
      : {
          state: problem === null ? "answered" : "failed",
          status,
          durationMs,
          answerBody: answer.slice(0, maxKeptChars),
          problem: kept,
        },
  );
}

/**
 * Keeps a message in the answer to a callback as a reply. An empty answer, an answer without
 * `msgtype` and the msgtype `empty` say nothing.
 */
function keepAnswer(
  { rooms, clock }: SandboxDeps,
  room: Room,
  { replyTo, text }: { replyTo: string; text: string },
): Remark<CallbackProblemCode> | null {
  if (text.trim() === "") return null;
  const value = parseJson(text) ?? parseLenientJson(text);
  if (value === null) return null;
  if (!isObject(value)) {
    const problem = value === undefined ? "it is not JSON" : "it is no JSON object";
    const words = `the callback's answer is no message: ${problem}`;
    return remark("callback-answer-invalid", words, { problem });
  }
  if (value.msgtype === undefined || value.msgtype === "empty") return null;
  const body = Buffer.from(text);
  const attempt = judgeAnswer(room, value, { body, now: clock.now() });
  const facts = { id: rooms.nextId(), token: room.token, attempt, body, replyTo } as const;
  rooms.record(room, createEntry({ ...facts, kind: "reply", via: "http-answer" }), clock.now());
  return null;
}

function judgeAnswer(
  room: Room,
  message: JsonObject,
  { body, now }: { body: Buffer; now: number },
): Attempt {
  const refusal = checkContent(message, body, room.rules.generation);
  const verdict = refusal ?? ({ accepted: true, message } as const);
  const query = new URLSearchParams();
  const request = { method: "POST", path: "", query, headers: {}, body, remoteAddress: "" };
  return toAttempt(verdict, { room, request, now, fault: null });
}
