import { status } from "@grpc/grpc-js";
import {
  statusOfNotSent,
  statusOfRefusal,
  statusOfUnreachable,
} from "../../src/binding/failures.ts";
import { notSentTexts } from "../../src/delivery/errors.ts";
import { catalogue, gatewayBan, unknownRefusal } from "../../src/dingtalk/errcodes.ts";
import { unreachableRemedies } from "../../src/dingtalk/errors.ts";
import { notSentInChinese, refusalsInChinese, unreachableInChinese } from "./reasons-in-chinese.ts";

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
  /** A remark on the reason in the README's table of statuses. */
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

const ofUndocumented = { en: "an undocumented errcode", zh: "官方文档未收录的 errcode" };

/** DingTalk said no. */
export const refusals: readonly RefusalRow[] = [
  ...catalogue,
  { ...gatewayBan, errcodes: [] },
  { ...unknownRefusal, errcodes: undefined },
].map(({ reason, kind, errcodes, summary, remedy }) => ({
  reason,
  errcodes,
  ...(errcodes === undefined && { note: ofUndocumented }),
  status: status[statusOfRefusal[kind]],
  summary: { en: summary, zh: refusalsInChinese[reason].summary },
  remedy: { en: remedy, zh: refusalsInChinese[reason].remedy },
}));

/** No usable answer came. */
export const unreachable: readonly ReasonRow[] = keysOf(unreachableRemedies).map((reason) => ({
  reason,
  status: status[statusOfUnreachable[reason]],
  remedy: { en: unreachableRemedies[reason], zh: unreachableInChinese[reason] },
}));

/** The component held the message back. */
export const notSent: readonly ExplainedRow[] = keysOf(notSentTexts).map((reason) => ({
  reason,
  status: status[statusOfNotSent[reason]],
  summary: { en: notSentTexts[reason].message, zh: notSentInChinese[reason].summary },
  remedy: { en: notSentTexts[reason].remedy, zh: notSentInChinese[reason].remedy },
}));

/** `Object.keys` with the type of the keys. */
function keysOf<T extends object>(record: T): Extract<keyof T, string>[] {
  const keys: Extract<keyof T, string>[] = [];
  for (const key in record) keys.push(key);
  return keys;
}
