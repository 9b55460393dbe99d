import { HostClock } from "./host-clock.ts";
import { HostConnections } from "./http-exchange.ts";
import { proxyFor } from "./proxies.ts";

/** The right to use the connections of one host. */
export interface ConnectionLease {
  readonly host: HostConnections;
  /** How far the clock of the host is from ours. */
  readonly hostClock: HostClock;
  /** Gives the right back. When no lease is left, the connections are closed. */
  release(): void;
}

interface Entry {
  readonly host: HostConnections;
  readonly hostClock: HostClock;
  leases: number;
}

/** Kept-alive connections: one pool for each host of robots, as long as somebody has a lease. */
export class Connections {
  readonly #entries = new Map<string, Entry>();
  readonly #env: NodeJS.ProcessEnv;

  /** @param env holds HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in upper or lower case */
  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
  }

  /** Opens the connections of a host. @param origin scheme, host and port, as in `URL.origin` */
  lease(origin: string): ConnectionLease {
    const entry = this.#entries.get(origin) ?? this.#createEntry(new URL(origin));
    this.#entries.set(origin, entry);
    entry.leases += 1;
    let held = true;
    return {
      host: entry.host,
      hostClock: entry.hostClock,
      release: () => {
        if (held) this.#release(origin, entry);
        held = false;
      },
    };
  }

  /** The proxy for an http(s) address; undefined where none is to be used. */
  proxyOf(url: URL): URL | undefined {
    return proxyFor(url, this.#env);
  }

  #createEntry(origin: URL): Entry {
    const host = new HostConnections(origin, this.proxyOf(origin));
    return { host, hostClock: new HostClock(), leases: 0 };
  }

  #release(origin: string, entry: Entry): void {
    entry.leases -= 1;
    if (entry.leases > 0) return;
    this.#entries.delete(origin);
    // Without a lease no connection is in use, so all of them close at once.
    entry.host.destroy();
  }
}
