import type { Clock } from "../../base/clock.ts";
import type { Secret } from "../../base/secret.ts";
import type { Connections } from "../connections.ts";
import { Connection } from "./connection.ts";
import { type OpenDeps, openStream, type StreamSettings } from "./open.ts";
import { StreamError } from "./stream-error.ts";

/** How long DingTalk may take to answer our close frame. */
const closeMs = 2000;

/**
 * Opens a connection as receiving does, and closes it cleanly at once. A message that arrives in
 * between is not acked, so DingTalk pushes it again after about 60 s.
 *
 * @returns the failure; undefined if open, handshake and close went well
 */
export async function probeStream(
  settings: StreamSettings,
  { clock, connections }: { clock: Clock; connections: Connections },
): Promise<StreamError | undefined> {
  const proxyOf = (target: URL): URL | undefined => connections.proxyOf(target);
  try {
    const { signal } = new AbortController();
    const address = await openStream(settings, { proxyOf, clock, signal });
    await openAndClose(address, { clock, proxyOf });
    return undefined;
  } catch (error) {
    if (error instanceof StreamError) return error;
    throw error;
  }
}

function openAndClose(address: Secret, deps: Omit<OpenDeps, "signal">): Promise<void> {
  return new Promise((resolve, reject) => {
    const listener = {
      opened: () => connection.close(closeMs),
      failed: reject,
      message: () => {},
      ended: () => resolve(),
    };
    const connection = new Connection(address, listener, deps);
  });
}
