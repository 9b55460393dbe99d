import { createRequire } from "node:module";
import type { Dispatcher } from "undici";
import { HostClock } from "./host-clock.ts";

const require = createRequire(import.meta.url);

/** Loads undici with the first message, because a start does not need it. */
const loadUndici = (): typeof import("undici") => require("undici");

/** The right to use the connections of one host. */
export interface ConnectionLease {
  readonly dispatcher: Dispatcher;
  /** How far the clock of the host is from ours. */
  readonly hostClock: HostClock;
  /** Gives the right back. When no lease is left, the connections are closed. */
  release(): void;
}

interface Entry {
  readonly dispatcher: Dispatcher;
  readonly hostClock: HostClock;
  leases: number;
}

/** Kept-alive connections: one pool for each host of robots, as long as somebody has a lease. */
export class Connections {
  readonly #entries = new Map<string, Entry>();
  readonly #createDispatcher: (origin: string) => Dispatcher;

  constructor(createDispatcher: (origin: string) => Dispatcher = createPool) {
    this.#createDispatcher = createDispatcher;
  }

  /** Opens the connections of a host. @param origin scheme, host and port, as in `URL.origin` */
  lease(origin: string): ConnectionLease {
    const entry = this.#entries.get(origin) ?? {
      dispatcher: this.#createDispatcher(origin),
      hostClock: new HostClock(),
      leases: 0,
    };
    this.#entries.set(origin, entry);
    entry.leases += 1;
    let held = true;
    return {
      dispatcher: entry.dispatcher,
      hostClock: entry.hostClock,
      release: () => {
        if (held) this.#release(origin, entry);
        held = false;
      },
    };
  }

  #release(origin: string, entry: Entry): void {
    entry.leases -= 1;
    if (entry.leases > 0) return;
    this.#entries.delete(origin);
    // Without a lease no connection is in use, so all of them close at once.
    entry.dispatcher.close().catch(() => entry.dispatcher.destroy());
  }
}

/** Goes through the proxy of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in upper or lower case. */
function createPool(origin: string): Dispatcher {
  const { env } = process;
  const proxied = env.https_proxy || env.HTTPS_PROXY || env.http_proxy || env.HTTP_PROXY;
  const undici = loadUndici();
  return proxied ? new undici.EnvHttpProxyAgent() : new undici.Pool(origin);
}
