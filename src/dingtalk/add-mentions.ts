import { isObject, type JsonObject } from "../base/json.ts";
import { InvalidMessageError } from "./errors.ts";
import { findMention, type Mentions } from "./mentions.ts";
import { createMessage, isMarkdown, type RobotMessage, readText, replaceText } from "./message.ts";

const nobody: Mentions = { atMobiles: [], atUserIds: [], isAtAll: false };
/** In lower case. */
const metadataKeys = new Set(["atmobiles", "atuserids", "isatall"]);

/**
 * Reads `atMobiles` and `atUserIds` (comma-separated) and `isAtAll` (`true` or `false`) of a call's
 * metadata. The letter case of the keys does not matter. A missing or empty value mentions nobody.
 *
 * @throws {InvalidMessageError} for another value of `isAtAll`
 */
export function parseMentions(metadata: Readonly<Record<string, string>>): Mentions {
  if (!Object.keys(metadata).some((key) => metadataKeys.has(key.toLowerCase()))) return nobody;
  const isAtAll = readField(metadata, "isAtAll").toLowerCase();
  if (!["", "true", "false"].includes(isAtAll)) {
    throw new InvalidMessageError(
      "isAtAll",
      "metadata isAtAll is neither true nor false",
      "set it to true or false, or leave it out",
    );
  }
  return {
    atMobiles: readList(metadata, "atMobiles"),
    atUserIds: readList(metadata, "atUserIds"),
    isAtAll: isAtAll === "true",
  };
}

/**
 * Adds people to the `at` of a message and, in text and markdown, appends the `@…` of each person
 * whom the text does not mention. Without mentions the very same message comes back.
 *
 * Messages of other types keep their text: link and feedCard ping nobody, and where an `@…` fits
 * into an actionCard only the app can know. `isAtAll` needs no `@…`.
 *
 * @throws {InvalidMessageError} when the message's `at` or a list in it is of another type
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function addMentions(message: RobotMessage, mentions: Mentions): RobotMessage {
  const { atMobiles, atUserIds, isAtAll } = mentions;
  if (atMobiles.length === 0 && atUserIds.length === 0 && !isAtAll) return message;
  const at = mergeAt(message.body.at, mentions);
  return createMessage({ ...appendMentions(message, [...atMobiles, ...atUserIds]), at });
}

/**
 * Adds people to an `at` object: the order stays, nobody is named twice, other fields stay.
 *
 * @throws {InvalidMessageError} when `at` or a list in it is of another type
 */
export function mergeAt(at: unknown, mentions: Mentions): JsonObject {
  const present = at ?? {};
  if (!isObject(present)) throw wrongType("at", "an object");
  return {
    ...present,
    ...mergeList(present, "atMobiles", mentions.atMobiles),
    ...mergeList(present, "atUserIds", mentions.atUserIds),
    ...(mentions.isAtAll && { isAtAll: true }),
  };
}

function appendMentions(message: RobotMessage, ids: readonly string[]): JsonObject {
  const text = readText(message);
  if (text === undefined) return message.body;
  const missing = [...new Set(ids)].filter((id) => findMention(text, id) === -1);
  if (missing.length === 0) return message.body;
  // A Markdown paragraph of its own, so that the line joins no list, quote or heading.
  const separator = isMarkdown(message) ? "\n\n" : " ";
  const appended = missing.map((id) => `@${id}`).join(" ");
  return replaceText(message, { text: text + separator + appended });
}

function mergeList(
  at: JsonObject,
  name: "atMobiles" | "atUserIds",
  ids: readonly string[],
): JsonObject {
  if (ids.length === 0) return {};
  const present: unknown = at[name] ?? [];
  if (!Array.isArray(present)) throw wrongType(`at.${name}`, "a list");
  const known = new Set(present.map(String));
  return { [name]: [...present, ...new Set(ids.filter((id) => !known.has(id)))] };
}

function readList(metadata: Readonly<Record<string, string>>, name: string): string[] {
  const ids = readField(metadata, name).split(",");
  return ids.map((id) => id.trim()).filter((id) => id !== "");
}

function readField(metadata: Readonly<Record<string, string>>, name: string): string {
  const keys = Object.keys(metadata);
  const key = keys.includes(name)
    ? name
    : keys.find((other) => other.toLowerCase() === name.toLowerCase());
  return (metadata[key ?? ""] ?? "").trim();
}

function wrongType(field: string, expected: string): InvalidMessageError {
  return new InvalidMessageError(
    field,
    `${field} is not ${expected}`,
    "mend it in the message, mentions cannot be added to it",
  );
}
