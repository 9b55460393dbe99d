import { isObject, type JsonObject } from "../base/json.ts";
import { pingsNobody } from "./check-message.ts";
import { closeLastFence } from "./close-fence.ts";
import { InvalidMessageError } from "./errors.ts";
import { findMentioned, idsIn, type Mentions } from "./mentions.ts";
import {
  createMessage,
  isMarkdown,
  type RobotMessage,
  readMentionText,
  replaceText,
} from "./message.ts";
import { isAbsent } from "./spelling.ts";

/**
 * Adds people to the `at` of a message and appends the `@…` of each person whom the text does not
 * mention. Without mentions the very same message comes back. `isAtAll` needs no `@…`.
 *
 * @throws {InvalidMessageError} for a message that pings nobody, and when the message's `at` or a
 *   list in it is of another type
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function addMentions(message: RobotMessage, mentions: Mentions): RobotMessage {
  const { atMobiles, atUserIds, isAtAll } = mentions;
  if (atMobiles.length === 0 && atUserIds.length === 0 && !isAtAll) return message;
  if (message.type !== undefined && message.type.mentionText === undefined) {
    const ids = atMobiles.length > 0 ? "atMobiles" : "atUserIds";
    const field = atMobiles.length + atUserIds.length > 0 ? ids : "isAtAll";
    throw pingsNobody(field, message.type.msgtype);
  }
  const at = mergeAt(message.body.at, mentions);
  return createMessage({ ...appendMentions(message, [...atMobiles, ...atUserIds]), at });
}

/**
 * Adds people to an `at` object: the order stays, nobody is named twice, other fields stay.
 *
 * @throws {InvalidMessageError} when `at` or a list in it is of another type
 */
function mergeAt(at: unknown, mentions: Mentions): JsonObject {
  const present = isAbsent(at) ? {} : at;
  if (!isObject(present)) throw wrongType("at", "an object");
  return {
    ...present,
    ...mergeList(present, "atMobiles", mentions.atMobiles),
    ...mergeList(present, "atUserIds", mentions.atUserIds),
    ...(mentions.isAtAll && { isAtAll: true }),
  };
}

function appendMentions(message: RobotMessage, ids: readonly string[]): JsonObject {
  const text = readMentionText(message);
  if (text === undefined) return message.body;
  const mentioned = findMentioned(text, ids);
  const missing = [...new Set(ids)].filter((id) => !mentioned.has(id));
  if (missing.length === 0) return message.body;
  const appended = missing.map((id) => `@${id}`).join(" ");
  // A Markdown paragraph of its own, so that the line joins no list, quote or heading.
  return replaceText(message, {
    text: isMarkdown(message) ? `${closeLastFence(text)}\n\n${appended}` : `${text} ${appended}`,
  });
}

function mergeList(
  at: JsonObject,
  name: "atMobiles" | "atUserIds",
  ids: readonly string[],
): JsonObject {
  if (ids.length === 0) return {};
  const list = at[name];
  if (!isAbsent(list) && !Array.isArray(list)) throw wrongType(`at.${name}`, "a list");
  const present: readonly unknown[] = Array.isArray(list) ? list : [];
  const known = new Set(idsIn(present));
  return { [name]: [...present, ...new Set(ids.filter((id) => !known.has(id)))] };
}

function wrongType(field: string, expected: string): InvalidMessageError {
  return new InvalidMessageError(
    field,
    `${field} is not ${expected}`,
    "correct it in the message, mentions cannot be added to it",
  );
}
