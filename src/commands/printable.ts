const maxChars = 500;

/** An address with its parameters, and a signing secret. */
const confidential = /\bhttps?:\/\/[^\s?]*\?\S*|\bSEC[0-9a-f]{16,}/gi;

/**
 * A text for the terminal. Names from files, folders and daprd may hold characters that move a
 * terminal's cursor, and a value that somebody put in the place of a name.
 */
export function printable(text: string): string {
  const hidden = text.replace(confidential, "…");
  const cut = hidden.length > maxChars ? `${hidden.slice(0, maxChars)}…` : hidden;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd");
}
