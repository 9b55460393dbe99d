/** What the address names: a room, and perhaps one message in it. */
export interface Route {
  readonly token?: string;
  readonly entryId?: string;
}

/** Reads `#/token/id`; what cannot be read counts as not there. */
export function readRoute(hash: string): Route {
  const [, token, entryId] = hash.split("/").map(decode);
  return { ...(token && { token }), ...(token && entryId && { entryId }) };
}

/** The address of a room or of a message, as a link within the page. */
export function routeTo(token: string, entryId?: string): string {
  const room = `#/${encodeURIComponent(token)}`;
  return entryId === undefined ? room : `${room}/${encodeURIComponent(entryId)}`;
}

/** Goes there without a new step in the browser's history: drawers are not pages. */
export function replaceRoute(hash: string): void {
  location.replace(hash);
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
