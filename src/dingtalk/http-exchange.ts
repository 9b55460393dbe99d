import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from "node:http";
import { isTimeUp } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import { decodeBody, maxAnswerBytes } from "./answer-body.ts";
import type { RobotUnreachableError } from "./errors.ts";
import { type HostAgent, Way } from "./host-agent.ts";
import { explainFailure, type FailedExchange } from "./http-failures.ts";

/** How long it may take until a request begins to leave. */
export const connectTimeoutMs = 10_000;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The headers `date`, `location` and `retry-after`, as sent. */
  readonly date: string | undefined;
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
}

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
export function exchange(agent: HostAgent, post: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => new Exchange(agent, post, { resolve, reject }).begin());
}

interface Outcome {
  resolve(answer: HttpAnswer): void;
  reject(error: RobotUnreachableError): void;
}

class Exchange {
  readonly #agent: HostAgent;
  readonly #post: HttpRequest;
  readonly #outcome: Outcome;
  readonly #way = new Way();
  readonly #onAbort = (): void => this.#abort();
  readonly #chunks: Buffer[] = [];
  #isSettled = false;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #bytes = 0;
  #cancelTimer = (): void => {};
  #leave = (): void => {};

  constructor(agent: HostAgent, post: HttpRequest, outcome: Outcome) {
    this.#agent = agent;
    this.#post = post;
    this.#outcome = outcome;
  }

  begin(): void {
    const { signal, clock } = this.#post;
    if (signal.aborted) {
      this.#abort();
      return;
    }
    signal.addEventListener("abort", this.#onAbort);
    this.#cancelTimer = clock.after(connectTimeoutMs, () => {
      if (this.#way.stage !== "open") this.#fail({ cause: "time-up" });
    });
    this.#leave = this.#agent.enter(() => this.#send());
  }

  #send(): void {
    const { method = "POST", url, headers, body } = this.#post;
    const options: RequestOptions & { readonly way: Way } = {
      agent: this.#agent,
      method,
      path: url.pathname + url.search,
      headers: { host: url.host, ...headers },
      way: this.#way,
    };
    const sent = request(options);
    this.#request = sent;
    sent.on("socket", () => {
      // A kept-alive connection is open already.
      if (sent.reusedSocket) this.#way.stage = "open";
    });
    sent.on("response", (response) => this.#read(response));
    sent.on("error", (error) => this.#fail({ cause: error }));
    // Some ends of a connection, such as an upgrade that nobody wanted, are no error to Node.
    sent.on("close", () => this.#fail({ cause: new Error("closed") }));
    sent.end(body);
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    response.on("data", (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes <= maxAnswerBytes) this.#chunks.push(chunk);
      else this.#fail({ cause: "too-large" });
    });
    response.on("error", (error) => this.#fail({ cause: error }));
    response.on("end", () => this.#end(response));
  }

  #end(response: IncomingMessage): void {
    const { statusCode: status = 0, headers } = response;
    const body = decodeBody(Buffer.concat(this.#chunks), headers["content-encoding"]);
    if (body === undefined) this.#fail({ cause: "not-decodable" });
    if (body === undefined || !this.#settle()) return;
    const { date, location, "retry-after": retryAfter } = headers;
    this.#outcome.resolve({ status, body, date, location, retryAfter });
  }

  #abort(): void {
    // After this process stood still, an answer may lie in the socket: this turn reads it.
    if (isTimeUp(this.#post.signal)) setImmediate(() => this.#fail({ cause: "time-up" }));
    else this.#fail({ cause: "cancelled" });
  }

  #fail({ cause }: Pick<FailedExchange, "cause">): void {
    if (!this.#settle()) return;
    const { stage } = this.#way;
    this.#way.opening?.destroy();
    this.#request?.destroy();
    const httpStatus = this.#response?.statusCode;
    this.#outcome.reject(explainFailure({ cause, stage, httpStatus, proxy: this.#agent.proxy }));
  }

  /** @returns whether this is the first outcome, which is the one that counts */
  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#post.signal.removeEventListener("abort", this.#onAbort);
    this.#cancelTimer();
    this.#leave();
    return true;
  }
}
