/** What an error text must not repeat. */
export interface Confidential {
  readonly url: URL;
  readonly secret: string | undefined;
  readonly body: Uint8Array;
}

/** The length of the result. */
const maxChars = 200;
/** The length of what is read at all. A robot's own text has a few hundred characters. */
const readChars = 4096;
/** A part of a secret that is this long counts as the secret. */
const secretChars = 8;
/** A piece of text that is this long and also in the message counts as a quotation. */
const quotationChars = 6;

/**
 * The robot's error text, fit for logs and callers: no control, format or other invisible
 * characters, no addresses, at most 200 characters, and empty when it repeats a piece of the
 * message or eight characters of the token, the signature or the secret, in any usual encoding.
 * The errcode says what happened, so the text is seldom needed.
 *
 * The text is searched before it is cut: a secret at the cut would be left in part.
 */
export function cleanErrmsg(errmsg: string, { url, secret, body }: Confidential): string {
  const flat = flatten(errmsg.slice(0, readChars));
  const secrets = [...url.searchParams.values(), secret ?? "", ...credentialsIn(url)];
  if (reveals(flat, [...secrets, ...longSegments(url)])) return "";
  // What was not read may go on with the secret whose beginning stands at the end.
  const known = errmsg.length > readChars ? flat.slice(0, -secretChars) : flat;
  const shown = [...known].slice(0, maxChars).join("");
  return quotes(flat.slice(0, shown.length + quotationChars), body) ? "" : shown;
}

function flatten(text: string): string {
  return (
    text
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
      // Characters that turn the direction of writing or are not seen, and halves of characters.
      .replace(/[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]+/gu, "")
      // The look behind keeps the search linear: it begins once in each run of letters.
      .replace(/(?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/[^\s;,\]]*/gi, "…")
      .trim()
  );
}

/** User and password, alone and as the header for them. */
function credentialsIn({ username, password }: URL): string[] {
  if (username === "" && password === "") return [];
  const plain = [decodeURIComponent(username), decodeURIComponent(password)];
  return [username, password, ...plain, Buffer.from(plain.join(":")).toString("base64")];
}

/** The parts of a path that may be secrets, as in the address of a private gateway. */
function longSegments({ pathname }: URL): string[] {
  return pathname.split("/").filter((segment) => segment.length >= 2 * secretChars);
}

function reveals(text: string, secrets: readonly string[]): boolean {
  const texts = [text, decodeEscapes(text), decodeEscapes(decodeEscapes(text))];
  const known = new Set(secrets.flatMap(spellingsOf).flatMap(windowsOf));
  const isShort = (value: string): boolean => value !== "" && value.length < secretChars;
  const short = secrets.flatMap((value) => [value, encodeURIComponent(value)]);
  return texts.some(
    (spelling) =>
      short.some((value) => isShort(value) && spelling.includes(value)) ||
      windowsOf(spelling).some((window) => known.has(window)),
  );
}

/** The spellings of a secret that {@link windowsOf} does not make equal. */
function spellingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  // Base64 of a longer text holds the secret in one of three alignments. The first and the last
  // letters also depend on what stands beside the secret.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/={1,2}$/, "")
      .slice(shift === 0 ? 0 : shift + 1),
  );
  const encoded = encodeURIComponent(value);
  return [value, encoded, encodeURIComponent(encoded), bytes.toString("hex"), ...base64];
}

/**
 * Every run of {@link secretChars} characters of a text, as written and without all that is no
 * letter or digit. The latter makes base64 and base64url equal, and upper and lower case.
 */
function windowsOf(text: string): string[] {
  const bare = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  return [text, bare].flatMap((run) =>
    Array.from({ length: Math.max(0, run.length - secretChars + 1) }, (_, start) =>
      run.slice(start, start + secretChars),
    ),
  );
}

/** Decodes `%2B`, `\u002b` and `&#43;`. Bytes beyond ASCII become other characters. */
function decodeEscapes(text: string): string {
  return text.replace(
    /(?:%|\\x)([0-9a-f]{2})|\\u([0-9a-f]{4})|&#x([0-9a-f]{1,4});|&#([0-9]{1,5});|&(amp|lt|gt|quot);|\\(["\\/])/gi,
    (_, ...groups: (string | undefined)[]) => {
      const [byte, unit, hex, decimal, name, escaped] = groups;
      if (name !== undefined) return { amp: "&", lt: "<", gt: ">" }[name.toLowerCase()] ?? '"';
      if (escaped !== undefined) return escaped;
      const code = decimal ?? Number.parseInt(byte ?? unit ?? hex ?? "", 16);
      return String.fromCharCode(Number(code));
    },
  );
}

function quotes(text: string, body: Uint8Array): boolean {
  // The body is parsed and written again: an escape could hide a quotation.
  const message = JSON.stringify(JSON.parse(Buffer.from(body).toString()));
  return [text, decodeEscapes(text)].some((spelling) =>
    Array.from({ length: Math.max(0, spelling.length - quotationChars + 1) }, (_, start) =>
      spelling.slice(start, start + quotationChars),
    ).some((piece) => message.includes(piece)),
  );
}
