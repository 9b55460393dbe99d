/** A shorter text is parsed in some milliseconds, whatever it holds. In UTF-16 units. */
const shortLength = 262_144;

/**
 * The most objects, lists and fields in a longer text. A message of 20,000 bytes has room for fewer,
 * and only its text may be longer and go in parts.
 */
const mostNodes = 20_000;

/** The most fields of one object of a message of 20,000 bytes: `"a":1,` for each. */
export const mostFields = 4_000;

/**
 * Whether a text, if it is JSON, holds more than any message has room for. `JSON.parse` takes 300 ms
 * for 4 MiB of fields, and 15 ms for a text of that size.
 */
export function hasTooManyNodes(text: string): boolean {
  if (text.length <= shortLength) return false;
  let nodes = 0;
  let isInString = false;
  for (let at = 0; at < text.length && nodes <= mostNodes; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) isInString = !isInString;
    else if (isInString && unit === 0x5c) at++;
    else if (!isInString && (unit === 0x3a || unit === 0x5b || unit === 0x7b)) nodes++;
  }
  return nodes > mostNodes;
}
