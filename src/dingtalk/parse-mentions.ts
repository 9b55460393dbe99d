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
  /** Splits what stands between two commas. */
  readonly splitAtBlanks: (item: string) => string[];
}

/** Overseas numbers as `+1-1234567890`. A country's code alone is no number. */
const mobile: IdKind = {
  pattern: /^(?:[0-9]{1,20}|\+[0-9]{1,4}-[0-9]{1,20}|\+[0-9]{6,20})$/,
  name: "mobile number",
  example: "13800000000,+1-1234567890",
  splitAtBlanks: splitMobiles,
};

/** DingTalk documents letters, digits and `_-@.`; ids of guests also hold `$:+/=`. */
const userId: IdKind = {
  pattern:
    /^(?!(?:null|nil|none|nan|undefined|true|false|object|all)$)[a-z0-9$_][\w.@:$+=/-]{0,127}$/i,
  name: "user id",
  example: "manager01,user02",
  splitAtBlanks: (item) => item.split(/\s+/),
};

/**
 * Reads `atMobiles`, `atUserIds` and `isAtAll` (`true` or `false`) of a call's metadata. The letter
 * case of the keys does not matter. A missing or empty value mentions nobody.
 *
 * Ids stand between commas, semicolons or blanks, also as a list of JSON and with `@` before them.
 * A mobile number may have blanks between its groups of digits.
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
  { pattern, name, example, splitAtBlanks }: IdKind,
): string[] {
  const ids = readField(metadata, field)
    .replace(/^\[([\s\S]*)\]$/, "$1")
    .split(/[,;，；、\n]+/)
    .flatMap((item) => splitAtBlanks(item.trim().replace(/^(["'])(.*)\1$/, "$2")))
    .map((id) => id.replace(/^(["'])(.*)\1$/, "$2").replace(/^[@＠]/, ""))
    .filter((id) => id !== "");
  if (ids.every((id) => pattern.test(id))) return ids;
  const all = ids.some((id) => /^(?:all|所有人)$/i.test(id));
  throw new InvalidMessageError(
    field,
    `metadata ${field} holds something that is no ${name}`,
    all ? "set isAtAll to true to ping everybody" : `write it like ${example}`,
  );
}

/** Blanks stand between numbers, and also between the groups of digits of one number. */
function splitMobiles(item: string): string[] {
  const ids = item.split(/\s+/);
  const isGrouped = ids.length > 1 && ids.every((id) => /^@?[0-9]{1,8}$/.test(id));
  if (!isGrouped) return ids;
  const joined = ids.join("");
  // So few digits that are no groups of one number could be anything: nothing is guessed.
  return [joined.length === 11 ? joined : item];
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
