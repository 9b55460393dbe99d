import { Agent, type ClientRequestArgs } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { bareHostname, portOf } from "./proxies.ts";
import { openTunnel } from "./tunnel.ts";

/** How long a connection without a request stays open. Servers close theirs after 5 s or more. */
const idleMs = 4000;

/** Connections to one host at a time. All robots of the host share them. */
export const maxConnections = 128;

/**
 * How far a request has come: it waits for one of the host's connections, a proxy is asked,
 * TCP connects, TLS shakes hands, or the request is being written.
 */
export type Stage = "waiting" | "proxy" | "connecting" | "securing" | "open";

/** The way of one request to its host. */
export class Way {
  stage: Stage = "waiting";
  /** What is being opened for the request. The request does not know it yet. */
  opening: { destroy(): unknown } | undefined;
}

type OnConnection = (error: Error | null, stream: Duplex) => void;

/** The kept-alive connections to one host, plain or by TLS, direct or through a proxy. */
export class HostAgent extends Agent {
  readonly origin: URL;
  readonly proxy: URL | undefined;
  /** The last TLS session, which shortens the next handshake. */
  #session: Buffer | undefined;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(origin: URL, proxy: URL | undefined) {
    super({ keepAlive: true, timeout: idleMs });
    this.origin = origin;
    this.proxy = proxy;
  }

  /**
   * Begins when fewer than {@link maxConnections} requests are under way, in the order of calls.
   *
   * @returns gives the place up, also one that is still waited for
   */
  enter(begin: () => void): () => void {
    const start = (): void => {
      this.#running += 1;
      begin();
    };
    if (this.#running < maxConnections) start();
    else this.#waiting.add(start);
    return () => {
      if (this.#waiting.delete(start)) return;
      this.#running -= 1;
      // The connection of the request that has ended is free only after this turn.
      if (this.#waiting.size > 0) setImmediate(() => this.#startNext());
    };
  }

  /** The name by which Node finds a free connection: all of them lead to the same place. */
  override getName(): string {
    return "";
  }

  /** Node calls this for a request that finds no free connection. */
  override createConnection(
    options: ClientRequestArgs & { readonly way?: Way },
    callback?: OnConnection,
  ): Duplex | undefined {
    const { way = new Way() } = options;
    if (this.proxy === undefined) return this.#connect(way);
    way.stage = "proxy";
    way.opening = openTunnel(this.proxy, this.origin, (error, socket) => {
      // Node's types ask for a stream also beside an error.
      if (socket === undefined) callback?.(error ?? new Error("no tunnel"), undefined as never);
      else callback?.(null, this.#connect(way, socket));
    });
    return undefined;
  }

  #startNext(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#running >= maxConnections) return;
    this.#waiting.delete(next);
    next();
  }

  /** Connects to the host. Through a tunnel, TCP is connected already. */
  #connect(way: Way, tunnel?: Socket): Socket {
    const isSecure = this.origin.protocol === "https:";
    way.stage = tunnel === undefined ? "connecting" : isSecure ? "securing" : "open";
    const socket = isSecure ? this.#secure(tunnel) : (tunnel ?? connect(this.#target));
    way.opening = socket;
    socket.once("connect", () => {
      way.stage = isSecure ? "securing" : "open";
    });
    socket.once("secureConnect", () => {
      way.stage = "open";
    });
    return socket;
  }

  #secure(tunnel: Socket | undefined): Socket {
    const { host } = this.#target;
    const socket = connectTls({
      ...(tunnel === undefined ? this.#target : { socket: tunnel }),
      servername: isIP(host) === 0 ? host : "",
      ALPNProtocols: ["http/1.1"],
      ...(this.#session && { session: this.#session }),
    });
    return socket.on("session", (session) => {
      this.#session = session;
    });
  }

  get #target() {
    return { host: bareHostname(this.origin), port: portOf(this.origin), noDelay: true };
  }
}
