import { isObject } from "../base/json.ts";

/** Whom a message pings. */
export interface Mentions {
  /** Overseas numbers as `+1-1234567890`. */
  readonly atMobiles: readonly string[];
  readonly atUserIds: readonly string[];
  readonly isAtAll: boolean;
}

/** Whom the `at` of a message names. What is no text and no number names nobody. */
export function readMentions({ body }: { readonly body: { readonly at?: unknown } }): Mentions {
  const at = isObject(body.at) ? body.at : {};
  return {
    atMobiles: idsIn(at.atMobiles),
    atUserIds: idsIn(at.atUserIds),
    isAtAll: isTrue(at.isAtAll),
  };
}

/** The ids of a list, which may be numbers; none for a value that is no list. */
export function idsIn(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list
    .filter((id) => typeof id === "number" || (typeof id === "string" && id !== ""))
    .map(String);
}

/** Robots read texts and numbers as well. */
function isTrue(value: unknown): boolean {
  if (typeof value === "string") return /^(?:true|1)$/i.test(value);
  return value === true || value === 1;
}

/** The offset at which a text mentions the person, as {@link mentionOf} says; -1 for none. */
export function findMention(text: string, id: string): number {
  return text.search(mentionOf([id]));
}

/**
 * Matches each `@…` of these people in a text.
 *
 * An `@…` that is part of a longer id or of an address mentions nobody: `@13800001` does not
 * mention 1380000. DingTalk does not document how it finds the end of an id. In doubt the
 * expression does not match, since a doubled `@…` does less harm than a lost ping.
 */
export function mentionOf(ids: readonly string[]): RegExp {
  // One id may begin with another: the longest is tried first.
  const literals = ids
    .toSorted((one, other) => other.length - one.length)
    .map((id) => id.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const end = "(?![A-Za-z0-9_-]|[.@][A-Za-z0-9])";
  return new RegExp(`(?<![A-Za-z0-9_])@(?:${literals.join("|")})${end}`, "g");
}
