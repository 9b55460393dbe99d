/** What the hash of the address names: a room, and perhaps an entry in it. */
export interface Route {
  readonly token?: string;
  readonly entryId?: string;
}

/** Reads `#/token/id`. A part that cannot be decoded counts as absent. */
export function readRoute(hash: string): Route {
  const [, token, entryId] = hash.split("/").map(decode);
  return { ...(token && { token }), ...(token && entryId && { entryId }) };
}

/** The hash of a room or of an entry in it. */
export function routeTo(token: string, entryId?: string): string {
  const room = `#/${encodeURIComponent(token)}`;
  return entryId === undefined ? room : `${room}/${encodeURIComponent(entryId)}`;
}

/** Changes the hash without a new step in the browser's history, because a drawer is no page. */
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
