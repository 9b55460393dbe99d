/** What an error text must not repeat. */
export interface Confidential {
  readonly url: URL;
  readonly secret: string | undefined;
  readonly body: Uint8Array;
}

const maxChars = 200;
/** A piece of text that is this long and also in the message counts as a quotation. */
const quotationChars = 6;

/**
 * The robot's error text, fit for logs and callers: no control characters, no addresses, at most
 * 200 characters, and empty when it repeats the token, the signature, the secret or a piece of the
 * message. The errcode says what happened, so the text is seldom needed.
 */
export function cleanErrmsg(errmsg: string, confidential: Confidential): string {
  const flat = errmsg
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s;,\]]*/gi, "…")
    .trim();
  const text = [...flat].slice(0, maxChars).join("");
  return repeats(text, confidential) ? "" : text;
}

function repeats(text: string, { url, secret, body }: Confidential): boolean {
  const secrets = [...url.searchParams.values(), secret ?? "", url.username, url.password];
  if (secrets.some((value) => value !== "" && text.includes(value))) return true;
  // The body is parsed and written again: an escape could hide a quotation.
  const message = JSON.stringify(JSON.parse(Buffer.from(body).toString()));
  for (let start = 0; start + quotationChars <= text.length; start += 1) {
    if (message.includes(text.slice(start, start + quotationChars))) return true;
  }
  return false;
}
