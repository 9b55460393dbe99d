import { createRequire } from "node:module";
import type { Dispatcher, Pool } from "undici";
import { isTimeUp } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import { decodeBody, maxAnswerBytes } from "./answer-body.ts";
import { ConnectionOpener, OpeningError, Way } from "./connection-opener.ts";
import type { RobotUnreachableError } from "./errors.ts";
import { explainFailure, type FailedExchange } from "./http-failures.ts";

const require = createRequire(import.meta.url);
/** Loaded with the first robot, because most of a start is loading. */
const loadPool = (): typeof Pool => require("undici").Pool;

/** How long a connection without a request stays open. Servers close theirs after 5 s or more. */
const idleMs = 4000;

/** Connections to one host at a time. All robots of the host share them. */
export const maxConnections = 128;

/** How long it may take until a request begins to leave. */
export const connectTimeoutMs = 10_000;

/** The answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The headers `date`, `location` and `retry-after`, as sent. */
  readonly date: string | undefined;
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
}

/** What ends an exchange early. */
export interface ExchangeLimits {
  /** Ends the exchange: as a time-out if the reason is named `TimeoutError`, else as cancelled. */
  readonly signal: AbortSignal;
  /** Ends the exchange as a time-out after so many milliseconds. If unset, only the signal does. */
  readonly timeoutMs?: number;
}

/** One request. */
export interface HttpRequest extends ExchangeLimits {
  readonly method?: "POST" | "HEAD";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly clock: Clock;
}

/**
 * Posts once and reads the whole answer, whatever its status. Redirects are not followed: they would
 * turn the POST into a GET.
 *
 * How far the request had come decides whether the message may have arrived. Every way out closes
 * the connection, or what has been opened of it, unless the answer was read to its end.
 *
 * @throws {RobotUnreachableError} when there is no whole answer
 */
export function exchange(host: HostConnections, post: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => new Exchange(host, post, { resolve, reject }).begin());
}

/** The kept-alive connections to one host. */
export class HostConnections {
  readonly proxy: URL | undefined;
  readonly #pool: Pool;
  /** The request that is being dispatched. undici opens its connection within the same call. */
  #dispatched: Way | undefined;

  constructor(origin: URL, proxy: URL | undefined) {
    const opener = new ConnectionOpener(origin, proxy);
    this.proxy = proxy;
    this.#pool = new (loadPool())(origin.origin, {
      connections: maxConnections,
      keepAliveTimeout: idleMs,
      connect: (_options, callback) => opener.open(this.#dispatched ?? new Way(), callback),
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
}

interface Outcome {
  resolve(answer: HttpAnswer): void;
  reject(error: RobotUnreachableError): void;
}

type Headers = Record<string, string | string[] | undefined>;

/** Dispatches directly, because only the handler learns whether the request has begun to leave. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #host: HostConnections;
  readonly #post: HttpRequest;
  readonly #outcome: Outcome;
  readonly #way = new Way();
  readonly #onAbort = (): void => this.#abort();
  readonly #chunks: Buffer[] = [];
  #isSettled = false;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: Headers = {};
  #bytes = 0;
  #cancelTimer = (): void => {};
  #cancelConnectTimer = (): void => {};

  constructor(host: HostConnections, post: HttpRequest, outcome: Outcome) {
    this.#host = host;
    this.#post = post;
    this.#outcome = outcome;
  }

  begin(): void {
    const { method = "POST", url, headers, body, signal, timeoutMs, clock } = this.#post;
    if (signal.aborted) {
      this.#abort();
      return;
    }
    signal.addEventListener("abort", this.#onAbort);
    if (timeoutMs !== undefined) this.#cancelTimer = clock.after(timeoutMs, () => this.#timeUp());
    const request = { origin: url.origin, path: url.pathname + url.search, method, headers, body };
    // The time limit bounds the whole exchange.
    this.#host.dispatch(this.#way, { ...request, headersTimeout: 0, bodyTimeout: 0 }, this);
    // A request that found a free connection has left already.
    if (this.#controller !== undefined || this.#isSettled) return;
    this.#cancelConnectTimer = clock.after(connectTimeoutMs, () => this.#fail("time-up"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#way.stage = "open";
    this.#cancelConnectTimer();
    // The request was given up while it waited for a connection: nothing has been written yet.
    if (this.#isSettled) controller.abort(new Error("given up"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= maxAnswerBytes) this.#chunks.push(chunk);
    else this.#fail("too-large");
  }

  onResponseEnd(): void {
    const body = decodeBody(Buffer.concat(this.#chunks), this.#header("content-encoding"));
    if (body === undefined) this.#fail("not-decodable");
    if (body === undefined || !this.#settle()) return;
    this.#outcome.resolve({
      status: this.#status ?? 0,
      body,
      date: this.#header("date"),
      location: this.#header("location"),
      retryAfter: this.#header("retry-after"),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (error instanceof OpeningError) this.#way.stage = error.stage;
    this.#fail(this.#way.error ?? error);
  }

  #header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === "string" ? value : undefined;
  }

  #abort(): void {
    if (isTimeUp(this.#post.signal)) this.#timeUp();
    else this.#fail("cancelled");
  }

  /** After this process stood still, an answer may lie in the socket: this turn reads it. */
  #timeUp(): void {
    setImmediate(() => this.#fail("time-up"));
  }

  #fail(cause: FailedExchange["cause"]): void {
    if (!this.#settle()) return;
    const { stage, opening } = this.#way;
    opening?.destroy();
    this.#controller?.abort(new Error("given up"));
    const { proxy } = this.#host;
    this.#outcome.reject(explainFailure({ cause, stage, httpStatus: this.#status, proxy }));
  }

  /** @returns whether this is the first outcome, which is the one that counts */
  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#post.signal.removeEventListener("abort", this.#onAbort);
    this.#cancelTimer();
    this.#cancelConnectTimer();
    return true;
  }
}
