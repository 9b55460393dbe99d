/** Data of fewer bytes is parsed in some milliseconds, whatever it holds. */
const shortBytes = 262_144;

/**
 * The most objects, lists and fields in longer data. A message of 20,000 bytes has room for fewer,
 * and only its text may be longer and go in parts.
 */
const mostNodes = 20_000;

/** The most fields of one object of a message of 20,000 bytes: `"a":1,` for each. */
export const mostFields = 4_000;

/**
 * Whether data, if it is JSON, holds more than any message has room for. `JSON.parse` takes 300 ms
 * for 4 MiB of fields, and 15 ms for a text of that size.
 */
export function hasTooManyNodes(data: Uint8Array): boolean {
  if (data.length <= shortBytes) return false;
  let nodes = 0;
  let isInString = false;
  for (let at = 0; at < data.length && nodes <= mostNodes; at++) {
    const byte = data[at];
    if (byte === 0x22) isInString = !isInString;
    else if (isInString && byte === 0x5c) at++;
    else if (!isInString && (byte === 0x3a || byte === 0x5b || byte === 0x7b)) nodes++;
  }
  return nodes > mostNodes;
}
