import type { Dispatcher } from "undici";
import { isTimeUp } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import { decodeBody, maxAnswerBytes } from "./answer-body.ts";
import type { RobotUnreachableError } from "./errors.ts";
import { type HostConnections, OpeningError, Way } from "./host-connections.ts";
import { explainFailure, type FailedExchange } from "./http-failures.ts";

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

/** One request. */
export interface HttpRequest {
  readonly method?: "POST" | "HEAD";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Ends the exchange: as a time-out if the reason is named `TimeoutError`, else as cancelled. */
  readonly signal: AbortSignal;
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

  constructor(host: HostConnections, post: HttpRequest, outcome: Outcome) {
    this.#host = host;
    this.#post = post;
    this.#outcome = outcome;
  }

  begin(): void {
    const { method = "POST", url, headers, body, signal, clock } = this.#post;
    if (signal.aborted) {
      this.#abort();
      return;
    }
    signal.addEventListener("abort", this.#onAbort);
    this.#cancelTimer = clock.after(connectTimeoutMs, () => this.#fail("time-up"));
    const request = { origin: url.origin, path: url.pathname + url.search, method, headers, body };
    // The signal bounds the whole exchange.
    this.#host.dispatch(this.#way, { ...request, headersTimeout: 0, bodyTimeout: 0 }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#way.stage = "open";
    this.#cancelTimer();
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
    // After this process stood still, an answer may lie in the socket: this turn reads it.
    if (isTimeUp(this.#post.signal)) setImmediate(() => this.#fail("time-up"));
    else this.#fail("cancelled");
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
    return true;
  }
}
