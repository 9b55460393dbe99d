import { InvalidMessageError } from "./errors.ts";
import { maxBodyBytes } from "./limits.ts";
import type { Mentions } from "./mentions.ts";

const nobody: Mentions = { atMobiles: [], atUserIds: [], isAtAll: false };

/** The keys of a call's metadata that name people. */
export const mentionKeys = ["atMobiles", "atUserIds", "isAtAll"] as const;

/** What an id looks like, and how the documents write it. */
interface IdKind {
  readonly pattern: RegExp;
  readonly name: string;
  readonly example: string;
}

/** Overseas numbers as `+1-1234567890`. A country's code alone is no number. */
const mobile: IdKind = {
  pattern: /^(?:[0-9]{1,20}|\+[0-9]{1,4}-[0-9]{1,20}|\+[0-9]{6,20})$/,
  name: "mobile number",
  example: "13800000000,+1-1234567890",
};

/** DingTalk documents letters, digits and `_-@.`; ids of guests also hold `$:+/=`. */
const userId: IdKind = {
  pattern: /^(?!(?:null|undefined|true|false|object|Object)$)[A-Za-z0-9$_][\w.@:$+=/-]{0,127}$/,
  name: "user id",
  example: "manager01,user02",
};

/**
 * Reads `atMobiles`, `atUserIds` and `isAtAll` (`true` or `false`) of a call's metadata. The letter
 * case of the keys does not matter. A missing or empty value mentions nobody.
 *
 * Ids stand between commas, semicolons or blanks, also as a list of JSON and with `@` before them.
 *
 * @throws {InvalidMessageError} for a value that holds anything else
 */
export function parseMentions(metadata: Readonly<Record<string, string>>): Mentions {
  const keys = Object.keys(metadata);
  if (!mentionKeys.some((name) => keyOf(keys, name) !== undefined)) return nobody;
  return {
    atMobiles: readIds(metadata, "atMobiles", mobile),
    atUserIds: readIds(metadata, "atUserIds", userId),
    isAtAll: readIsAtAll(readField(metadata, "isAtAll")),
  };
}

function readIsAtAll(value: string): boolean {
  const word = value.toLowerCase();
  if (["", "true", "false"].includes(word)) return word === "true";
  throw new InvalidMessageError(
    "isAtAll",
    "metadata isAtAll is neither true nor false",
    "set it to true or false, or leave it out",
  );
}

function readIds(
  metadata: Readonly<Record<string, string>>,
  field: "atMobiles" | "atUserIds",
  { pattern, name, example }: IdKind,
): string[] {
  const ids = readField(metadata, field)
    .replace(/^\[([\s\S]*)\]$/, "$1")
    .split(/[\s,;，；、]+/)
    .map((id) => id.replace(/^(["'])(.*)\1$/, "$2").replace(/^[@＠]/, ""))
    .filter((id) => id !== "");
  if (ids.every((id) => pattern.test(id))) return ids;
  throw new InvalidMessageError(
    field,
    `metadata ${field} holds something that is no ${name}`,
    `write it like ${example}`,
  );
}

/** @throws {InvalidMessageError} for a value that no message has room for */
function readField(metadata: Readonly<Record<string, string>>, name: string): string {
  const value = metadata[keyOf(Object.keys(metadata), name) ?? ""] ?? "";
  if (value.length <= maxBodyBytes) return value.trim();
  throw new InvalidMessageError(
    name,
    `metadata ${name} has ${value.length} characters, a message has ${maxBodyBytes} bytes`,
    "name fewer people",
  );
}

function keyOf(keys: readonly string[], name: string): string | undefined {
  return keys.includes(name)
    ? name
    : keys.find((key) => key.length === name.length && key.toLowerCase() === name.toLowerCase());
}
