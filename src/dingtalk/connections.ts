import { createRequire } from "node:module";
import type { Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { HostClock } from "./host-clock.ts";

const require = createRequire(import.meta.url);

/**
 * The pool by the name of its file, as the pinned version has it: undici's index loads all of it,
 * fetch, WebSocket, caches and mocks too, and there is no smaller entry.
 */
const loadPool = (): typeof Pool => require("undici/lib/dispatcher/pool.js");
const loadProxyAgent = (): typeof EnvHttpProxyAgent => require("undici").EnvHttpProxyAgent;

/** A right to the connections of one host. */
export interface ConnectionLease {
  readonly dispatcher: Dispatcher;
  /** The clock of the host. */
  readonly hostClock: HostClock;
  /** Gives the right back; the last one closes the connections once they are idle. */
  release(): void;
}

interface Entry {
  readonly dispatcher: Dispatcher;
  readonly hostClock: HostClock;
  leases: number;
}

/** Kept-alive connections, one pool for each robot host, shared and counted. */
export class Connections {
  readonly #entries = new Map<string, Entry>();
  readonly #createDispatcher: (origin: string) => Dispatcher;

  constructor(createDispatcher: (origin: string) => Dispatcher = createPool) {
    this.#createDispatcher = createDispatcher;
  }

  /** @param origin scheme, host and port, as `URL.origin` has it */
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
    // Nobody waits for it: idle connections close at once, and none can be in use without a lease.
    entry.dispatcher.close().catch(() => entry.dispatcher.destroy());
  }
}

/** Proxies as the environment names them: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in either case. */
function createPool(origin: string): Dispatcher {
  const { env } = process;
  const proxied = env.https_proxy || env.HTTPS_PROXY || env.http_proxy || env.HTTP_PROXY;
  if (proxied) return new (loadProxyAgent())();
  return new (loadPool())(origin);
}
