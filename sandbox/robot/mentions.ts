import { isObject, type JsonObject } from "../../src/base/json.ts";
import { maxMentions } from "../../src/dingtalk/limits.ts";
import { findMention } from "../../src/dingtalk/mentions.ts";
import type { Mentions, NotPinged } from "../api/types.ts";

interface Person {
  readonly kind: "mobile" | "userId";
  readonly value: string;
}

/**
 * Finds whom a message pings: whoever is in `at` and, as `@…`, in the text.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function findMentions(message: JsonObject): Mentions {
  const { at } = message;
  const people = isObject(at)
    ? [...peopleIn(at.atMobiles, "mobile"), ...peopleIn(at.atUserIds, "userId")]
    : [];
  const wantsAll = isObject(at) && at.isAtAll === true;
  const text = mentionText(message);
  if (text === undefined) return nobody(people, wantsAll);
  const found = people.filter(({ value }) => findMention(text, value) !== -1);
  const pinged = found.slice(0, maxMentions);
  const valuesOf = (wanted: Person["kind"]) =>
    pinged.filter(({ kind }) => kind === wanted).map(({ value }) => value);
  return {
    mobiles: valuesOf("mobile"),
    userIds: valuesOf("userId"),
    all: wantsAll,
    notPinged: people
      .filter((person) => !pinged.includes(person))
      .map((person) => ({
        ...person,
        reason: found.includes(person) ? "over-limit" : "not-in-text",
      })),
  };
}

/** The mentions of a message without `at`. */
export const noMentions: Mentions = { mobiles: [], userIds: [], all: false, notPinged: [] };

/** The text in which mentions count; undefined for the types that ping nobody. */
function mentionText(message: JsonObject): string | undefined {
  const { msgtype } = message;
  const content = typeof msgtype === "string" ? message[msgtype] : undefined;
  if (!isObject(content)) return undefined;
  const fields: Readonly<Record<string, unknown>> = {
    text: content.content,
    markdown: content.text,
    actionCard: content.text,
  };
  const text = fields[String(msgtype)];
  return typeof text === "string" ? text : undefined;
}

function nobody(people: readonly Person[], wantsAll: boolean): Mentions {
  const all = { kind: "all", value: "all" } as const;
  const wanted: readonly Omit<NotPinged, "reason">[] = wantsAll ? [...people, all] : people;
  return {
    ...noMentions,
    notPinged: wanted.map((each) => ({ ...each, reason: "unsupported-msgtype" })),
  };
}

function peopleIn(list: unknown, kind: Person["kind"]): Person[] {
  if (!Array.isArray(list)) return [];
  const values = list.filter((value) => typeof value === "string" && value !== "");
  return [...new Set<string>(values)].map((value) => ({ kind, value }));
}
