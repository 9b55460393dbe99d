import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { buildConnector } from "undici";
import { skipContinue } from "./interim-answers.ts";
import { bareHostname, portOf } from "./proxies.ts";
import { openTunnel } from "./tunnel.ts";

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
  /** The first error of the connection that was opened for the request. undici tells the last one. */
  error: Error | undefined;
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
 * Opens connections to one host, plain or by TLS, direct or through a proxy.
 *
 * undici's own proxy agent is not used: undici sends a CONNECT again at once, without end, if the
 * proxy closes the connection.
 */
export class ConnectionOpener {
  readonly origin: URL;
  readonly proxy: URL | undefined;
  /** The last TLS session, which shortens the next handshake. */
  #session: Buffer | undefined;

  constructor(origin: URL, proxy: URL | undefined) {
    this.origin = origin;
    this.proxy = proxy;
  }

  /** Opens a connection for a request. */
  open(way: Way, callback: buildConnector.Callback): void {
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
      socket.once("error", (error) => {
        way.error = error;
      });
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
