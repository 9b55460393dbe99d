import type { Clock } from "../../src/base/clock.ts";
import { explainErrcode } from "../../src/dingtalk/errcodes.ts";
import type { Attempt, Entry, FaultEffect, Unmatched } from "../api/types.ts";
import { type Refusal, refuse } from "../robot/answers.ts";
import {
  type Acceptance,
  checkAddress,
  checkMessage,
  checkReply,
  type RobotRequest,
} from "../robot/checks.ts";
import { explain } from "../robot/explain.ts";
import { type BlockingFault, isBlocking } from "../robot/faults.ts";
import type { UnknownTokenThrottles } from "../robot/throttle.ts";
import type { Connections } from "../stream/connections.ts";
import type { Timers } from "../timers.ts";
import { createEntry, readMsgUuid, requestFacts } from "./entry.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";
import type { Session, Sessions } from "./sessions.ts";

/** The state of a sandbox, its clock and its source of chance. */
export interface SandboxDeps {
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly unknownTokens: UnknownTokenThrottles;
  readonly connections: Connections;
  readonly timers: Timers;
  /** Tells of a failure that has no caller. */
  readonly report: (error: unknown) => void;
  readonly clock: Clock;
  /** A number from 0 to below 1. */
  readonly random: () => number;
}

/** The answer to a sender. */
export interface Answer {
  readonly errcode: number;
  readonly errmsg: string;
  /** The fault that hits the answer. */
  readonly fault: FaultEffect | null;
}

type Verdict = Refusal | Acceptance;

/** Judges a request to `/robot/send` as the robot does, and keeps it in the robot's room. */
export function receiveMessage(deps: SandboxDeps, request: RobotRequest): Answer {
  const now = deps.clock.now();
  const token = request.query.get("access_token") ?? "";
  const room = checkAddress(request) ? deps.rooms.find(token) : deps.rooms.findOrOpen(token);
  if (room === undefined) return refuseUnknownToken(deps, request, now);
  const fault = room.takeFault("message", deps.random) ?? null;
  const attempt =
    fault !== null && isBlocking(fault)
      ? blockedAttempt(fault, now)
      : toAttempt(judge(room, request, now), { room, request, now, fault });
  return keep(deps, room, { request, attempt, kind: "message", via: "robot-send" });
}

/** Judges a request to a session webhook, and keeps it in the room of the session. */
export function receiveReply(deps: SandboxDeps, request: RobotRequest): Answer {
  const now = deps.clock.now();
  const session = deps.sessions.find(request.query.get("session") ?? "");
  const room = session && deps.rooms.find(session.token);
  if (session === undefined || room === undefined) {
    const refusal = refuse("session-unknown");
    return answerUnmatched(deps, { via: "session-webhook", token: null, refusal, now });
  }
  const fault = room.takeFault("reply", deps.random) ?? null;
  const attempt =
    fault !== null && isBlocking(fault)
      ? blockedAttempt(fault, now)
      : toAttempt(judgeReply(room, session, { request, now }), { room, request, now, fault });
  const replyTo = session.entryId;
  return keep(deps, room, { request, attempt, replyTo, kind: "reply", via: "session-webhook" });
}

/** DingTalk counts the requests of a token before it looks the token up. */
function refuseUnknownToken(deps: SandboxDeps, request: RobotRequest, now: number): Answer {
  const token = request.query.get("access_token") ?? "";
  const refusal =
    checkAddress(request) ??
    (deps.unknownTokens.admit(token, now) ? refuse("token-unknown") : refuse("throttled"));
  return answerUnmatched(deps, { via: "robot-send", token: token || null, refusal, now });
}

interface UnmatchedFacts extends Pick<Unmatched, "via" | "token"> {
  readonly refusal: Refusal;
  readonly now: number;
}

/** A request without a room leaves a trace of its own. */
function answerUnmatched({ rooms }: SandboxDeps, facts: UnmatchedFacts): Answer {
  const { via, token, refusal, now } = facts;
  const { errcode, errmsg } = refusal;
  rooms.noteUnmatched({ via, token, errcode, errmsg }, now);
  return { errcode, errmsg, fault: null };
}

function judge(room: Room, request: RobotRequest, now: number): Verdict {
  const refusal = checkAddress(request);
  if (refusal !== undefined) return refusal;
  if (!room.throttle.admit(now)) {
    return refuse("throttled", { penaltyMs: (room.throttle.penaltyEndsAt(now) ?? now) - now });
  }
  if (room.isOverQuota(now)) return refuse("quota-exceeded");
  return checkMessage(room.robot, request, now);
}

function judgeReply(
  { robot: { generation } }: Room,
  { expiresAt }: Session,
  { request, now }: { request: RobotRequest; now: number },
): Verdict {
  if (request.method !== "POST") return refuse("method-not-post");
  if (now >= expiresAt) return refuse("session-unknown", { expiredMs: now - expiresAt });
  return checkReply(request, generation);
}

interface Circumstances {
  readonly room: Room;
  readonly request: RobotRequest;
  readonly now: number;
  readonly fault: FaultEffect | null;
}

/** The attempt that an entry keeps of a verdict. */
export function toAttempt(verdict: Verdict, circumstances: Circumstances): Attempt {
  const { room, request, now, fault } = circumstances;
  const receivedAt = new Date(now).toISOString();
  if (verdict.accepted) {
    const isRepeat = room.isRepeated(readMsgUuid(verdict.message));
    const ok = { errcode: 0, errmsg: "ok", explanation: null };
    return { receivedAt, outcome: "accepted", isRepeat, ...ok, fault };
  }
  const { errcode, errmsg } = verdict;
  const explanation = explain({ refusal: verdict, request, robot: room.robot, now });
  return { receivedAt, outcome: "refused", isRepeat: false, errcode, errmsg, explanation, fault };
}

function blockedAttempt(fault: BlockingFault, now: number): Attempt {
  const receivedAt = new Date(now).toISOString();
  const answer = answerOf(fault);
  return { receivedAt, outcome: "faulted", isRepeat: false, ...answer, explanation: null, fault };
}

function answerOf(fault: BlockingFault): Pick<Attempt, "errcode" | "errmsg"> {
  if (fault.type === "session-expired") {
    const { errcode, errmsg } = refuse("session-unknown");
    return { errcode, errmsg };
  }
  if (fault.type !== "errcode") return { errcode: null, errmsg: "" };
  const { errcode, errmsg = usualErrmsg(errcode) } = fault;
  return { errcode, errmsg };
}

function usualErrmsg(errcode: number): string {
  return errcode === -1 ? "系统繁忙" : (explainErrcode(errcode, "")?.summary ?? "");
}

interface JudgedRequest extends Pick<Entry, "kind" | "via"> {
  readonly request: RobotRequest;
  readonly attempt: Attempt;
  readonly replyTo?: string;
}

function keep({ rooms, clock }: SandboxDeps, room: Room, judged: JudgedRequest): Answer {
  const { request, attempt, ...others } = judged;
  const { body } = request;
  const facts = { id: rooms.nextId(), token: room.token, ...others, attempt, body };
  rooms.record(room, createEntry({ ...facts, request: requestFacts(request) }), clock.now());
  return { errcode: attempt.errcode ?? 0, errmsg: attempt.errmsg, fault: attempt.fault };
}
