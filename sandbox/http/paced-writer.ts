import { once } from "node:events";
import type { ServerResponse } from "node:http";

/**
 * Writes pieces as fast as the reader takes them, so that a reader that has stopped reading costs one
 * piece of memory and not the whole text. Ends early when the connection closes.
 */
export async function writePaced(
  response: ServerResponse,
  pieces: Iterable<string>,
): Promise<void> {
  const closed = new AbortController();
  const abort = () => closed.abort();
  response.on("close", abort);
  try {
    for (const piece of pieces) {
      if (response.destroyed) return;
      if (!response.write(piece)) await once(response, "drain", { signal: closed.signal });
    }
  } catch (error) {
    if (!closed.signal.aborted) throw error;
  } finally {
    response.off("close", abort);
  }
}

/** The JSON of a list, item by item. */
export function* listPieces(items: Iterable<unknown>): Generator<string> {
  let separator = "[";
  for (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}
