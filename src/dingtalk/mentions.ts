import { isObject } from "../base/json.ts";
import { InvalidMessageError } from "./errors.ts";
import type { RobotMessage } from "./message.ts";

/** Whom a message pings. */
export interface Mentions {
  /** Overseas numbers as `+1-1234567890`. */
  readonly atMobiles: readonly string[];
  readonly atUserIds: readonly string[];
  readonly isAtAll: boolean;
}

const nobody: Mentions = { atMobiles: [], atUserIds: [], isAtAll: false };
/** In lower case. */
const fields = new Set(["atmobiles", "atuserids", "isatall"]);

/** Where a person's `@…` must stand for DingTalk to ping. */
const textFields: ReadonlyMap<unknown, string> = new Map([
  ["text", "content"],
  ["markdown", "text"],
]);

/**
 * Reads `atMobiles` and `atUserIds` (comma-separated) and `isAtAll` (`true` or `false`). Keys are
 * matched without regard to case; what is absent or empty mentions nobody.
 *
 * @throws {InvalidMessageError} for another value of `isAtAll`
 */
export function parseMentions(metadata: Readonly<Record<string, string>>): Mentions {
  if (!Object.keys(metadata).some((key) => fields.has(key.toLowerCase()))) return nobody;
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
 * The message with the mentions merged into its `at` and, for text and markdown, with the `@…` of
 * each person appended where the text lacks it; the very same message if there are none.
 *
 * The other msgtypes keep their text: link and feedCard cannot ping, an actionCard's text is the
 * app's own design. `isAtAll` needs no text.
 *
 * @throws {InvalidMessageError} when the message's `at` or a list in it is of another type
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function addMentions(message: RobotMessage, mentions: Mentions): RobotMessage {
  const { atMobiles, atUserIds, isAtAll } = mentions;
  if (atMobiles.length === 0 && atUserIds.length === 0 && !isAtAll) return message;
  const ids = [...atMobiles, ...atUserIds];
  const at = mergeAt(message.body.at, mentions);
  const body = { ...appendMentions(message, ids), at };
  return { body, json: JSON.stringify(body) };
}

/**
 * The `at` object with the mentions added: order kept, no doubles, other fields untouched.
 *
 * @throws {InvalidMessageError} when `at` or a list in it is of another type
 */
export function mergeAt(at: unknown, mentions: Mentions): Readonly<Record<string, unknown>> {
  const present = at ?? {};
  if (!isObject(present)) throw wrongType("at", "an object");
  return {
    ...present,
    ...mergeList(present, "atMobiles", mentions.atMobiles),
    ...mergeList(present, "atUserIds", mentions.atUserIds),
    ...(mentions.isAtAll && { isAtAll: true }),
  };
}

/** Whom the message's own `at` names. Fields of a wrong type name nobody. */
export function readMentions({ body }: RobotMessage): Mentions {
  const at = isObject(body.at) ? body.at : {};
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    atMobiles: list(at.atMobiles),
    atUserIds: list(at.atUserIds),
    isAtAll: at.isAtAll === true,
  };
}

/** The text in which `@…` pings; undefined for the msgtypes that have none. */
export function readText({ body }: RobotMessage): string | undefined {
  const field = textFields.get(body.msgtype);
  const content = body[String(body.msgtype)];
  const text = field !== undefined && isObject(content) ? content[field] : undefined;
  return typeof text === "string" ? text : undefined;
}

/** The body of a text or markdown message with another text. */
export function replaceText(body: RobotMessage["body"], text: string): RobotMessage["body"] {
  const msgtype = String(body.msgtype);
  const content = body[msgtype];
  const field = textFields.get(msgtype);
  if (field === undefined || !isObject(content)) return body;
  return { ...body, [msgtype]: { ...content, [field]: text } };
}

/**
 * Where the text mentions the person, or -1. Part of a longer id or address is no mention of its
 * own: `@13800001` does not mention 1380000. How DingTalk itself finds the end of an id is not
 * documented; where that is in doubt this says -1, since a doubled `@…` does less harm than a ping
 * that is lost.
 */
export function findMention(text: string, id: string): number {
  const literal = id.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const own = new RegExp(`(?<![A-Za-z0-9_])@${literal}(?![A-Za-z0-9_-]|[.@][A-Za-z0-9])`);
  return text.search(own);
}

function appendMentions(message: RobotMessage, ids: readonly string[]): RobotMessage["body"] {
  const text = readText(message);
  if (text === undefined) return message.body;
  const missing = [...new Set(ids)].filter((id) => findMention(text, id) === -1);
  if (missing.length === 0) return message.body;
  // A paragraph of its own, lest it becomes part of a markdown list, quote or heading.
  const separator = message.body.msgtype === "markdown" ? "\n\n" : " ";
  return replaceText(message.body, text + separator + missing.map((id) => `@${id}`).join(" "));
}

function mergeList(
  at: Readonly<Record<string, unknown>>,
  name: "atMobiles" | "atUserIds",
  ids: readonly string[],
): Readonly<Record<string, unknown>> {
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
