import { isObject, type JsonObject, parseJson } from "../../src/base/json.ts";
import type { Attempt, Callback, CallbackProblemCode, Entry, Remark } from "../api/types.ts";
import { checkContent } from "../robot/checks.ts";
import { remark } from "../robot/remark.ts";
import { createEntry, maxKeptChars } from "../rooms/entry.ts";
import { type Stage, toAttempt } from "../rooms/receive.ts";
import type { Room } from "../rooms/room.ts";
import { sessionLifetimeMs } from "../rooms/sessions.ts";
import { postCallback } from "./callback-call.ts";
import { callbackBody, callbackHeaders } from "./callback-payload.ts";

/** One turn of a conversation. */
export interface Turn {
  readonly stage: Stage;
  readonly room: Room;
  readonly text: string;
  /** Where the robot reaches the sandbox, without a slash at the end. */
  readonly baseUrl: string;
  /** Ends the callback. */
  readonly signal: AbortSignal;
}

/** Plays a human: calls the robot back, keeps what it answers and returns the human's entry. */
export async function speak(turn: Turn): Promise<Entry> {
  const { stage, room, signal } = turn;
  const { rooms, clock } = stage;
  const startedAt = clock.now();
  const entry = createHumanEntry(turn, startedAt);
  rooms.record(room, entry, startedAt);
  if (entry.callback === null) return entry;
  const { status, answer, problem } = await postCallback(entry.callback, { clock, signal });
  const callback: Callback = {
    ...entry.callback,
    state: problem === null ? "answered" : "failed",
    status,
    durationMs: clock.now() - startedAt,
    answerBody: answer.slice(0, maxKeptChars),
    problem: problem ?? keepAnswer(turn, entry, answer),
  };
  const done = { ...entry, callback };
  rooms.update(room, done);
  return done;
}

function createHumanEntry(turn: Turn, now: number): Entry {
  const { stage, room, text } = turn;
  const id = stage.rooms.nextId();
  const body = Buffer.from(JSON.stringify({ msgtype: "text", text: { content: text } }));
  const attempt: Attempt = {
    receivedAt: new Date(now).toISOString(),
    ...{ outcome: "accepted", isRepeat: false, errcode: null, errmsg: "" },
    ...{ explanation: null, fault: null },
  };
  const facts = { id, token: room.token, kind: "human", via: "page", attempt, body } as const;
  return { ...createEntry(facts), lint: [], callback: prepareCallback(turn, id, now) };
}

/** Null where no address is set. */
function prepareCallback(turn: Turn, entryId: string, now: number): Callback | null {
  const { stage, room, text, baseUrl } = turn;
  const { human, token } = room;
  if (human.callbackUrl === null) return null;
  const sessionId = randomHex(stage.random);
  const expiresAt = now + sessionLifetimeMs;
  stage.sessions.add(sessionId, { token, entryId, expiresAt });
  const sessionWebhook = `${baseUrl}/robot/sendBySession?session=${sessionId}`;
  return {
    state: "waiting",
    url: human.callbackUrl,
    headers: callbackHeaders(human, now),
    body: callbackBody({ text, human, sessionId, sessionWebhook, expiresAt, now }),
    status: null,
    durationMs: null,
    answerBody: "",
    problem: null,
  };
}

/** A message in the answer goes into the room; `empty` and no message at all say nothing. */
function keepAnswer(
  { stage, room }: Turn,
  { id, token }: Entry,
  text: string,
): Remark<CallbackProblemCode> | null {
  if (text.trim() === "") return null;
  const value = parseJson(text);
  if (value === null) return null;
  if (!isObject(value)) {
    const problem = value === undefined ? "it is not JSON" : "it is no JSON object";
    const words = `the callback's answer is no message: ${problem}`;
    return remark("callback-answer-invalid", words, { problem });
  }
  if (value.msgtype === undefined || value.msgtype === "empty") return null;
  const { rooms, clock } = stage;
  const body = Buffer.from(text);
  const attempt = judgeAnswer(room, value, { body, now: clock.now() });
  const facts = { id: rooms.nextId(), token, attempt, body, replyTo: id } as const;
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

/** Thirty-two digits. */
function randomHex(random: () => number): string {
  const digit = () => Math.floor(random() * 16).toString(16);
  return Array.from({ length: 32 }, digit).join("");
}
