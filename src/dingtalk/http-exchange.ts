import type { Dispatcher } from "undici";
import { errorCodeOf } from "../base/error-code.ts";
import { RobotUnreachableError, type UnreachableReason } from "./errors.ts";

/** The largest answer that is read, in bytes. A robot answers with one line of JSON. */
export const maxAnswerBytes = 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The `Date` header, as sent. */
  readonly date: string | undefined;
}

export interface HttpPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Ends the exchange: as a time-out if the reason is named `TimeoutError`, else as cancelled. */
  readonly signal: AbortSignal;
}

/**
 * Posts once and reads the whole answer, whatever its status. Redirects are not followed: they would
 * turn the POST into a GET.
 *
 * A handler of `dispatch` learns whether the request had begun to leave, which `fetch` does not
 * tell. This decides whether the message may have arrived.
 *
 * @throws {RobotUnreachableError} when there is no whole answer
 */
export function exchange(dispatcher: Dispatcher, post: HttpPost): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const handler = new ExchangeHandler(post.signal, resolve, reject);
    if (handler.settled) return;
    dispatcher.dispatch(
      {
        origin: post.url.origin,
        path: post.url.pathname + post.url.search,
        method: "POST",
        headers: post.headers,
        body: post.body,
        // The signal bounds the whole exchange.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    );
  });
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  settled = false;
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: RobotUnreachableError) => void;
  readonly #onAbort = (): void => this.#abort();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #date: string | undefined;
  #bytes = 0;

  constructor(
    signal: AbortSignal,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: RobotUnreachableError) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    if (signal.aborted) this.#abort();
    else signal.addEventListener("abort", this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The post was given up while it waited for a connection: nothing has been written yet.
    if (this.settled) controller.abort(new Error("given up"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#date = typeof headers.date === "string" ? headers.date : undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= maxAnswerBytes) {
      this.#chunks.push(chunk);
      return;
    }
    this.#fail("unusable-answer", `the answer has more than ${maxAnswerBytes} bytes`);
    controller.abort(new Error("answer too large"));
  }

  onResponseEnd(): void {
    if (!this.#settle()) return;
    const body = Buffer.concat(this.#chunks).toString();
    this.#resolve({ status: this.#status, body, date: this.#date });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { reason, code } = classify(error, this.#controller !== undefined);
    this.#fail(reason, `${descriptions[reason]}${code === "" ? "" : `: ${code}`}`, error);
  }

  #abort(): void {
    const { reason } = this.#signal;
    const timedOut = reason instanceof Error && reason.name === "TimeoutError";
    if (timedOut) this.#fail("timeout", "no answer came in time");
    else this.#fail("cancelled", "the caller went away before the answer came");
    this.#controller?.abort(new Error("given up"));
  }

  #fail(reason: UnreachableReason, message: string, cause?: unknown): void {
    if (!this.#settle()) return;
    const mayHaveArrived = this.#controller !== undefined;
    const httpStatus = this.#status === 0 ? {} : { httpStatus: this.#status };
    this.#reject(
      new RobotUnreachableError(reason, { message, mayHaveArrived, ...httpStatus, cause }),
    );
  }

  /** @returns whether this is the first outcome, which is the one that counts */
  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

const descriptions = {
  "dns-failed": "the robot's host name could not be resolved",
  "connect-failed": "no connection to the robot's host",
  "tls-failed": "no secure connection to the robot's host",
  "proxy-failed": "the proxy did not connect to the robot's host",
  "connection-lost": "the connection to the robot's host broke before the answer came",
  "unusable-answer": "the answer was not HTTP",
} satisfies Partial<Record<UnreachableReason, string>>;

function classify(
  error: Error,
  started: boolean,
): { reason: keyof typeof descriptions; code: string } {
  const code = errorCodeOf(error, "");
  if (code.startsWith("HPE_")) return { reason: "unusable-answer", code };
  if (started) return { reason: "connection-lost", code };
  if (/^(ENOTFOUND|EAI_)/.test(code)) return { reason: "dns-failed", code };
  if (code === "UND_ERR_ABORTED" || code.startsWith("UND_ERR_PRX")) {
    return { reason: "proxy-failed", code: "" };
  }
  if (/^(EPROTO|ERR_TLS|ERR_SSL|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME)/.test(code)) {
    return { reason: "tls-failed", code };
  }
  return { reason: "connect-failed", code };
}
