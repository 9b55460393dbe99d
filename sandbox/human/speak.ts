import { isObject, type JsonObject, parseJson } from "../../src/base/json.ts";
import { parseLenientJson } from "../../src/base/lenient-json.ts";
import type { Attempt, Callback, CallbackProblemCode, Entry, Remark } from "../api/types.ts";
import { checkContent } from "../robot/checks.ts";
import { remark } from "../robot/remark.ts";
import { createEntry, maxKeptChars } from "../rooms/entry.ts";
import { type SandboxDeps, toAttempt } from "../rooms/receive.ts";
import type { Room } from "../rooms/room.ts";
import { sessionLifetimeMs } from "../rooms/sessions.ts";
import { postCallback } from "./callback-call.ts";
import { callbackBody, callbackHeaders } from "./callback-payload.ts";

/** What a human says to a robot, and where. */
export interface SpokenMessage {
  readonly room: Room;
  readonly text: string;
  /** The sandbox's address as the robot's program reaches it, without a slash at the end. */
  readonly baseUrl: string;
  /** Ends the callback. */
  readonly signal: AbortSignal;
}

/**
 * Speaks to a robot as a human: calls the robot's program back and keeps its answer as a reply.
 *
 * @returns the human's entry after the callback is over
 */
export async function speak(deps: SandboxDeps, spoken: SpokenMessage): Promise<Entry> {
  const { rooms, clock } = deps;
  const { room, signal } = spoken;
  const startedAt = clock.now();
  const calledAt = clock.elapsed();
  const entry = createHumanEntry(deps, spoken, startedAt);
  rooms.record(room, entry, startedAt);
  if (entry.callback === null) return entry;
  const { status, answer, problem } = await postCallback(entry.callback, { clock, signal });
  const callback: Callback = {
    ...entry.callback,
    state: problem === null ? "answered" : "failed",
    status,
    durationMs: clock.elapsed() - calledAt,
    answerBody: answer.slice(0, maxKeptChars),
    problem: problem ?? keepAnswer(deps, room, { replyTo: entry.id, text: answer }),
  };
  const done = { ...entry, callback };
  rooms.update(room, done);
  return done;
}

function createHumanEntry(deps: SandboxDeps, spoken: SpokenMessage, now: number): Entry {
  const { room, text } = spoken;
  const id = deps.rooms.nextId();
  const body = Buffer.from(JSON.stringify({ msgtype: "text", text: { content: text } }));
  const attempt: Attempt = {
    receivedAt: new Date(now).toISOString(),
    outcome: "accepted",
    isRepeat: false,
    errcode: null,
    errmsg: "",
    explanation: null,
    fault: null,
  };
  const facts = { id, token: room.token, kind: "human", via: "page", attempt, body } as const;
  const callback = prepareCallback(deps, spoken, { entryId: id, now });
  return { ...createEntry(facts), lint: [], callback };
}

/** Null if no callback address is set. */
function prepareCallback(
  { random, sessions }: SandboxDeps,
  { room, text, baseUrl }: SpokenMessage,
  { entryId, now }: { entryId: string; now: number },
): Callback | null {
  const { human, token } = room;
  if (human.callbackUrl === null) return null;
  const sessionId = randomHex(random);
  const expiresAt = now + sessionLifetimeMs;
  sessions.add(sessionId, { token, entryId, expiresAt });
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

/** 32 hexadecimal digits. */
function randomHex(random: () => number): string {
  const digit = () => Math.floor(random() * 16).toString(16);
  return Array.from({ length: 32 }, digit).join("");
}
