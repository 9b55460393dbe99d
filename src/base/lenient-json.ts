import { parseJson } from "./json.ts";

/** Longer texts are not read: the rewriting takes about 10 ms for this many UTF-16 units. */
const maxLength = 400_000;

/** Texts of more tokens are not read, either: each token costs more than many units of a string. */
const maxTokens = 20_000;

/** White space and comments, another token that is no string, or the quote that begins a string. */
const token = /(?:\s|\/\/[^\r\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)+|([{}[\]:,]|[\w$.+-]+)|(["'])/y;

/** What follows the quote that begins a string. */
const rest = {
  '"': /[^"\\]*(?:\\[\s\S][^"\\]*)*"/y,
  "'": /[^'\\]*(?:\\[\s\S][^'\\]*)*'/y,
} as const;

/**
 * JSON for a text that is JSON but for single quotes, unquoted keys, trailing commas, comments, and
 * line breaks and other control characters in strings; undefined for any other text. Numbers stay as
 * they are written.
 *
 * DingTalk reads such texts. Nothing is guessed: a string that is not closed and a backslash before
 * a letter without a meaning make the whole text unreadable.
 */
export function toStrictJson(text: string): string | undefined {
  const tokens = text.length > maxLength ? undefined : tokenize(text);
  const json = tokens?.map(rewrite).join(" ");
  return json !== undefined && parseJson(json) !== undefined ? json : undefined;
}

/** The value of a text that {@link toStrictJson} reads; undefined for any other text. */
export function parseLenientJson(text: string): unknown {
  return parseJson(toStrictJson(text) ?? "");
}

/** The text without white space and comments. All strings are strings of JSON. */
function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; ) {
    if (tokens.length > maxTokens) return undefined;
    token.lastIndex = at;
    const [found, word, quote] = token.exec(text) ?? [];
    if (found === undefined) return undefined;
    at += found.length;
    if (word !== undefined) tokens.push(word);
    if (quote !== '"' && quote !== "'") continue;
    const pattern = rest[quote];
    pattern.lastIndex = at;
    const string = pattern.exec(text)?.[0];
    const rewritten = string && rewriteString(string.slice(0, -1));
    if (string === undefined || rewritten === undefined) return undefined;
    at += string.length;
    tokens.push(`"${rewritten}"`);
  }
  return tokens;
}

/** The inside of a string with JSON's escapes; undefined if it has an escape without a meaning. */
function rewriteString(inside: string): string | undefined {
  let isReadable = true;
  const rewritten = inside.replace(
    /\\x([0-9a-fA-F]{2})|\\([\s\S])|["\p{Cc}]/gu,
    (found, hex?: string, escaped?: string) => {
      if (hex !== undefined) return `\\u00${hex}`;
      if (escaped === "'") return "'";
      if (escaped === undefined) return JSON.stringify(found).slice(1, -1);
      isReadable &&= '"\\/bfnrtu'.includes(escaped);
      return found;
    },
  );
  return isReadable ? rewritten : undefined;
}

function rewrite(word: string, index: number, words: readonly string[]): string {
  const next = words[index + 1];
  if (word === ",") return next === "}" || next === "]" ? "" : word;
  return next === ":" && /^[A-Za-z_$]/.test(word) ? `"${word}"` : word;
}
