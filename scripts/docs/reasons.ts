import { status } from "@grpc/grpc-js";
import { statusOf } from "../../src/binding/failures.ts";
import { notSentReasons } from "../../src/delivery/errors.ts";
import { catalogue, gatewayBan, unknownRefusal } from "../../src/dingtalk/errcodes.ts";
import { unreachableReasons } from "../../src/dingtalk/errors.ts";
import { sessionReasons } from "../../src/dingtalk/session-errors.ts";
import { callbackRefusals } from "../../src/receiving/callback-refusals.ts";
import {
  callbacksInChinese,
  notSentInChinese,
  refusalsInChinese,
  sessionsInChinese,
  unreachableInChinese,
} from "./reasons-in-chinese.ts";

/** A text in every language of the documents. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** What the documents say of one reason. */
export interface ReasonRow {
  readonly reason: string;
  /** The name of the gRPC status. */
  readonly status: string;
  /** What to do. */
  readonly remedy: Text;
  /** A remark on the reason in the table of statuses. */
  readonly note?: Text;
}

/** A reason of which the documents say what happened. */
export interface ExplainedRow extends ReasonRow {
  readonly summary: Text;
}

/** What the documents say of one reason of DingTalk. */
export interface RefusalRow extends ExplainedRow {
  /** The errcodes that have this meaning. Empty for the gateway's ban, undefined for any other. */
  readonly errcodes: readonly number[] | undefined;
}

const ofUndocumented = { en: "an undocumented errcode", zh: "钉钉文档里没有的 errcode" };

/** DingTalk said no. */
export const refusals: readonly RefusalRow[] = [
  ...catalogue,
  { ...gatewayBan, errcodes: [] },
  { ...unknownRefusal, errcodes: undefined },
].map(({ reason, kind, errcodes, summary, remedy }) => ({
  reason,
  errcodes,
  ...(errcodes === undefined && { note: ofUndocumented }),
  status: status[statusOf[kind]],
  summary: { en: summary, zh: refusalsInChinese[reason].summary },
  remedy: { en: remedy, zh: refusalsInChinese[reason].remedy },
}));

/** No usable answer came. */
export const unreachable: readonly ReasonRow[] = keysOf(unreachableReasons).map((reason) => ({
  reason,
  status: status[statusOf[reason]],
  remedy: { en: unreachableReasons[reason].remedy, zh: unreachableInChinese[reason] },
}));

/** The component held the message back. */
export const notSent: readonly ExplainedRow[] = keysOf(notSentReasons).map((reason) => ({
  reason,
  status: status[statusOf[reason]],
  summary: { en: notSentReasons[reason].message, zh: notSentInChinese[reason].summary },
  remedy: { en: notSentReasons[reason].remedy, zh: notSentInChinese[reason].remedy },
}));

/** Nothing can be said in the conversation of a message. */
export const sessionFaults: readonly ExplainedRow[] = keysOf(sessionReasons).map((reason) => ({
  reason,
  status: status[statusOf[reason]],
  summary: { en: sessionReasons[reason].message, zh: sessionsInChinese[reason].summary },
  remedy: { en: sessionReasons[reason].remedy, zh: sessionsInChinese[reason].remedy },
}));

/** A callback was refused. The status is that of HTTP. */
export const callbackFaults: readonly ExplainedRow[] = keysOf(callbackRefusals).map((reason) => ({
  reason,
  status: String(callbackRefusals[reason].status),
  summary: { en: callbackRefusals[reason].message, zh: callbacksInChinese[reason].summary },
  remedy: { en: callbackRefusals[reason].remedy, zh: callbacksInChinese[reason].remedy },
}));

/** `Object.keys` with the type of the keys. */
function keysOf<T extends object>(record: T): Extract<keyof T, string>[] {
  const keys: Extract<keyof T, string>[] = [];
  for (const key in record) keys.push(key);
  return keys;
}
