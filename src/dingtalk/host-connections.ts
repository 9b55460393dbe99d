import { createRequire } from "node:module";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { buildConnector, Dispatcher, Pool } from "undici";
import { skipContinue } from "./interim-answers.ts";
import { bareHostname, portOf } from "./proxies.ts";
import { openTunnel } from "./tunnel.ts";

const require = createRequire(import.meta.url);
/** Loaded with the first robot, because most of a start is loading. */
const loadPool = (): typeof Pool => require("undici").Pool;

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
  /** What is being opened for the request. */
  opening: { destroy(): unknown } | undefined;
}

/** A connection could not be opened. */
export class OpeningError extends Error {
  override readonly name = "OpeningError";
  readonly stage: Stage;

  constructor(stage: Stage, cause: unknown) {
    super("no connection", { cause });
    this.stage = stage;
  }
}

/**
 * The kept-alive connections to one host, plain or by TLS, direct or through a proxy.
 *
 * undici's own proxy agent is not used: undici sends a CONNECT again at once, without end, if the
 * proxy closes the connection.
 */
export class HostConnections {
  readonly origin: URL;
  readonly proxy: URL | undefined;
  readonly #pool: Pool;
  /** The last TLS session, which shortens the next handshake. */
  #session: Buffer | undefined;
  /** The request that is being dispatched. undici opens its connection within the same call. */
  #dispatched: Way | undefined;

  constructor(origin: URL, proxy: URL | undefined) {
    this.origin = origin;
    this.proxy = proxy;
    this.#pool = new (loadPool())(origin.origin, {
      connections: maxConnections,
      keepAliveTimeout: idleMs,
      connect: (_options, callback) => this.#open(this.#dispatched ?? new Way(), callback),
    });
  }

  /** Sends a request over a free connection, a new one, or the next one that comes free. */
  dispatch(
    way: Way,
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): void {
    this.#dispatched = way;
    this.#pool.dispatch(options, handler);
    this.#dispatched = undefined;
  }

  /** Closes all connections. */
  destroy(): void {
    void this.#pool.destroy();
  }

  #open(way: Way, callback: buildConnector.Callback): void {
    const fail = (error: unknown): void => callback(new OpeningError(way.stage, error), null);
    if (this.proxy === undefined) {
      this.#connect(way, callback);
      return;
    }
    way.stage = "proxy";
    way.opening = openTunnel(this.proxy, this.origin, (error, socket) => {
      if (socket === undefined) fail(error);
      else this.#connect(way, callback, socket);
    });
  }

  /** Connects to the host. Through a tunnel, TCP is connected already. */
  #connect(way: Way, callback: buildConnector.Callback, tunnel?: Socket): void {
    const isSecure = this.origin.protocol === "https:";
    way.stage = tunnel === undefined ? "connecting" : "securing";
    if (tunnel !== undefined && !isSecure) {
      callback(null, skipContinue(tunnel));
      return;
    }
    const socket = isSecure ? this.#secure(tunnel) : connect(this.#target);
    way.opening = socket;
    const fail = (error?: Error): void => {
      socket.off("close", fail);
      callback(new OpeningError(way.stage, error), null);
    };
    socket.once("error", fail);
    socket.once("close", fail);
    if (isSecure) {
      socket.once("connect", () => {
        way.stage = "securing";
      });
    }
    socket.once(isSecure ? "secureConnect" : "connect", () => {
      socket.off("error", fail);
      socket.off("close", fail);
      way.opening = undefined;
      callback(null, skipContinue(socket));
    });
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
