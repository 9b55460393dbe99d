import type { JsonObject } from "../../src/base/json.ts";
import { parseMessageJson } from "../../src/dingtalk/message-data.ts";
import type { Attempt, Entry, RequestFacts } from "../api/types.ts";
import type { RobotRequest } from "../robot/checks.ts";
import { describeFault } from "../robot/faults.ts";
import { lint } from "../robot/lint.ts";
import { findMentions, noMentions } from "../robot/mentions.ts";
import { remark } from "../robot/remark.ts";

/** How many characters of a body are kept. No robot accepts more. */
export const maxKeptChars = 32_768;
const maxAttempts = 100;

/** What an entry is made from. */
export interface EntryFacts extends Pick<Entry, "id" | "token" | "kind" | "via"> {
  readonly attempt: Attempt;
  readonly body: Buffer | "too-large";
  readonly request?: RequestFacts;
  readonly replyTo?: string | null;
}

/** A new entry with one attempt. */
export function createEntry(facts: EntryFacts): Entry {
  const { attempt, id, token, kind, via, request = null, replyTo = null } = facts;
  const body = facts.body === "too-large" ? Buffer.alloc(0) : facts.body;
  const message = body.length > maxKeptChars ? null : readMessage(body);
  const mentions = message ? findMentions(message) : noMentions;
  const isAccepted = attempt.outcome === "accepted";
  return {
    id,
    token,
    kind,
    via,
    request,
    replyTo,
    message,
    mentions,
    ...judgementOf(attempt),
    receivedAt: attempt.receivedAt,
    body: body.toString().slice(0, maxKeptChars),
    bodyBytes: body.length,
    msgUuid: message && readMsgUuid(message),
    attempts: [attempt],
    lint: isAccepted && message ? lint(message, mentions, body.length) : [],
    callback: null,
  };
}

/**
 * The entry after one more request with the same `msgUuid`. An accepted entry stays as it is;
 * another one is replaced by the newer request.
 */
export function addAttempt(entry: Entry, newer: Entry): Entry {
  const attempts = [...entry.attempts, ...newer.attempts].slice(-maxAttempts);
  if (entry.outcome === "accepted") return { ...entry, attempts };
  return { ...newer, id: entry.id, receivedAt: entry.receivedAt, attempts };
}

/** The entry of an earlier run; a callback that was under way counts as failed. */
export function withoutWaiting(entry: Entry): Entry {
  const { callback } = entry;
  if (callback?.state !== "waiting") return entry;
  const problem = "the sandbox ended";
  const text = `the callback found no answer: ${problem}`;
  const reason = remark("callback-unreachable", text, { problem });
  return { ...entry, callback: { ...callback, state: "failed", problem: reason } };
}

/** The message's `msgUuid`, by which DingTalk finds repeats; null if it has none. */
export function readMsgUuid({ msgUuid }: JsonObject): string | null {
  if (typeof msgUuid === "number") return String(msgUuid);
  return typeof msgUuid === "string" && msgUuid !== "" ? msgUuid : null;
}

/** The facts of a request that its entry keeps. */
export function requestFacts(request: RobotRequest): RequestFacts {
  const { method, path, query, headers, remoteAddress } = request;
  return {
    method,
    path,
    remoteAddress,
    query: [...query],
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]),
    ),
  };
}

function judgementOf(attempt: Attempt) {
  const { outcome, errcode, errmsg, explanation, fault } = attempt;
  const why = explanation?.text ?? (fault && describeFault(fault));
  return { outcome, errcode, errmsg, explanation, fault, why };
}

function readMessage(body: Buffer): JsonObject | null {
  return parseMessageJson(body.toString()) ?? null;
}
