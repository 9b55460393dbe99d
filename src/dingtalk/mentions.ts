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

/**
 * The lists of `at` that name people, each by an id that the text may mention as `@…`. DingTalk
 * documents the first two; robots read the third as well.
 */
export const listsOfPeople = ["atMobiles", "atUserIds", "atDingtalkIds"] as const;

/** Everybody whom the `at` of a message names by an id, in any of the lists. */
export function readPeople({ body }: { readonly body: { readonly at?: unknown } }): string[] {
  const at = isObject(body.at) ? body.at : {};
  return listsOfPeople.flatMap((name) => idsIn(at[name]));
}

/** The offset at which a text mentions the person, as {@link mentionOf} says; -1 for none. */
export function findMention(text: string, id: string): number {
  return text.search(mentionOf([id]));
}

/** DingTalk's ids have 64 characters at most. A longer one is not looked for. */
const maxIdLength = 128;

/**
 * Those of the people whom a text mentions, as {@link mentionOf} says. One pass over the text for
 * all of them: an expression for each of 10,000 people would read the text 10,000 times.
 */
export function findMentioned(text: string, ids: readonly string[]): Set<string> {
  const idsAt = createIdFinder(ids);
  const found = new Set<string>();
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    if (/[A-Za-z0-9_]/.test(text[at - 1] ?? "")) continue;
    for (const id of idsAt(text, at + 1)) {
      const end = at + 1 + id.length;
      if (!idEnd.test(text.slice(end, end + 2))) found.add(id);
    }
  }
  return found;
}

/** How many characters of an id are compared before the whole id is. */
const prefixLength = 4;

/**
 * Finds which of the ids begin at an offset of a text. Few ids share their first characters, so that
 * few of 128 possible lengths are tried at each `@` of a text that is full of them.
 */
export function createIdFinder(
  ids: readonly string[],
): (text: string, start: number) => readonly string[] {
  const wanted = new Set(ids.filter((id) => id.length > 0 && id.length <= maxIdLength));
  const lengths = new Map<string, Set<number>>();
  for (const id of wanted) {
    const prefix = id.slice(0, prefixLength);
    lengths.set(prefix, (lengths.get(prefix) ?? new Set()).add(id.length));
  }
  return (text, start) => {
    const found: string[] = [];
    for (let length = 1; length <= prefixLength; length++) {
      for (const whole of lengths.get(text.slice(start, start + length)) ?? []) {
        const id = text.slice(start, start + whole);
        if (wanted.has(id)) found.push(id);
      }
    }
    return found;
  };
}

/** What goes on with an id. Matches two characters of the text behind the id. */
export const idEnd = /^(?:[A-Za-z0-9_-]|[.@][A-Za-z0-9])/;

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
  const end = `(?!${idEnd.source.slice(1)})`;
  return new RegExp(`(?<![A-Za-z0-9_])@(?:${literals.join("|")})${end}`, "g");
}
