import { isObject } from "../base/json.ts";

/** Whom a message pings. */
export interface Mentions {
  /** Overseas numbers as `+1-1234567890`. */
  readonly atMobiles: readonly string[];
  readonly atUserIds: readonly string[];
  readonly isAtAll: boolean;
}

/** Whom the `at` of a message names. A field of another type names nobody. */
export function readMentions({ body }: { readonly body: { readonly at?: unknown } }): Mentions {
  const at = isObject(body.at) ? body.at : {};
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    atMobiles: list(at.atMobiles),
    atUserIds: list(at.atUserIds),
    isAtAll: at.isAtAll === true,
  };
}

/** The lists of `at` that name people, each by an id that the text may mention as `@…`. */
export const listsOfPeople = ["atMobiles", "atUserIds", "atDingtalkIds"] as const;

/** Everybody whom the `at` of a message names by an id, in any of the lists. */
export function readPeople({ body }: { readonly body: { readonly at?: unknown } }): string[] {
  const at = isObject(body.at) ? body.at : {};
  const ids = listsOfPeople.flatMap((name): unknown[] => {
    const list = at[name];
    return Array.isArray(list) ? list : [];
  });
  return ids.filter((id) => typeof id === "string" || typeof id === "number").map(String);
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
