import { isObject, type JsonObject } from "../../src/base/json.ts";
import { maxMentions } from "../../src/dingtalk/limits.ts";
import { findMention, idsIn, readMentions } from "../../src/dingtalk/mentions.ts";
import type { idLists } from "../../src/dingtalk/messages/envelope.ts";
import { findContent } from "../../src/dingtalk/messages/index.ts";
import type { Mentions, NotPinged } from "../api/types.ts";

interface Person {
  readonly kind: Exclude<NotPinged["kind"], "all">;
  readonly value: string;
}

/** What the ids of each list in `at` are. */
const kinds: Readonly<Record<(typeof idLists)[number], Person["kind"]>> = {
  atMobiles: "mobile",
  atUserIds: "userId",
  atDingtalkIds: "dingtalkId",
};

/**
 * Finds whom a message pings: whoever is in `at`, and in Markdown also as `@…` in the text. A `text`
 * message needs no `@…`, as its senders report.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 * @see https://github.com/louislam/uptime-kuma/issues/7827
 */
export function findMentions(message: JsonObject): Mentions {
  const people = peopleIn(message.at);
  const wantsAll = readMentions({ body: message }).isAtAll;
  const text = mentionText(message);
  if (text === undefined) return nobody(people, wantsAll);
  const found = people.filter(
    ({ value }) => !text.isMarkdown || findMention(text.text, value) >= 0,
  );
  const pinged = found.slice(0, maxMentions);
  const valuesOf = (wanted: Person["kind"]) =>
    pinged.filter(({ kind }) => kind === wanted).map(({ value }) => value);
  return {
    mobiles: valuesOf("mobile"),
    userIds: valuesOf("userId"),
    dingtalkIds: valuesOf("dingtalkId"),
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
export const noMentions: Mentions = {
  mobiles: [],
  userIds: [],
  dingtalkIds: [],
  all: false,
  notPinged: [],
};

/** The text in which mentions count; undefined for a type that pings nobody. */
function mentionText(message: JsonObject): { text: string; isMarkdown: boolean } | undefined {
  const { type, content } = findContent(message) ?? {};
  const text = type?.mentionText && content?.[type.mentionText.field];
  return typeof text === "string"
    ? { text, isMarkdown: type?.mentionText?.isMarkdown === true }
    : undefined;
}

function nobody(people: readonly Person[], wantsAll: boolean): Mentions {
  const all = { kind: "all", value: "all" } as const;
  const wanted: readonly Omit<NotPinged, "reason">[] = wantsAll ? [...people, all] : people;
  return {
    ...noMentions,
    notPinged: wanted.map((each) => ({ ...each, reason: "unsupported-msgtype" })),
  };
}

function peopleIn(at: unknown): Person[] {
  if (!isObject(at)) return [];
  return Object.entries(kinds).flatMap(([list, kind]) =>
    [...new Set(idsIn(at[list]))].map((value) => ({ kind, value })),
  );
}
