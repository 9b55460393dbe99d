import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { isTimeUp } from "../../base/cancellation.ts";
import { decodeBody, maxAnswerBytes } from "../answer-body.ts";
import type { Stage } from "../connection-opener.ts";
import { explainFailure, type FailedExchange } from "../http-failures.ts";
import { bareHostname, portOf } from "../proxies.ts";
import { dial } from "./dial.ts";

/** One POST. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly proxy: URL | undefined;
  /** Ends the POST: as a time-out if the reason is named `TimeoutError`, else as cancelled. */
  readonly signal: AbortSignal;
}

/** The answer to a POST, whatever its status. */
export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Posts over a connection of its own. Robots are posted to through undici, which costs a process
 * 14 MB. ws needs Node's http in any case, so a process that waits for messages does without undici.
 *
 * @throws {RobotUnreachableError} when there is no whole answer
 */
export function post({ url, headers, body, proxy, signal }: Post): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const { options, giveUp } = dial(url, proxy);
    const send = url.protocol === "https:" ? secureRequest : request;
    const call = send({
      ...{ host: bareHostname(url), port: portOf(url), path: url.pathname + url.search },
      ...{ method: "POST", headers: { ...headers, "content-length": body.length } },
      ...(proxy === undefined ? { agent: false } : options),
    });
    const stage = watchStage(call, { isSecure: url.protocol === "https:", proxy });
    const fail = (cause: FailedExchange["cause"], httpStatus?: number): void => {
      giveUp();
      call.destroy();
      reject(explainFailure({ cause, stage: stage(), httpStatus, proxy }));
    };
    const abort = (): void => fail(isTimeUp(signal) ? "time-up" : "cancelled");
    call.on("close", () => signal.removeEventListener("abort", abort));
    call.on("error", fail);
    call.on("response", (response) => {
      const { statusCode: status = 0 } = response;
      readWhole(response).then(
        (read) => ("body" in read ? resolve({ status, ...read }) : fail(read.cause, status)),
        (error) => fail(error, status),
      );
    });
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    call.end(body);
  });
}

/** Tells how far a request has come. */
function watchStage(
  call: ClientRequest,
  { isSecure, proxy }: { isSecure: boolean; proxy: URL | undefined },
): () => Stage {
  let stage: Stage = proxy === undefined ? "connecting" : "proxy";
  call.on("socket", (socket: Socket) => {
    const connected = (): void => {
      stage = isSecure ? "securing" : "open";
    };
    if (socket.connecting) socket.once("connect", connected);
    else connected();
    socket.once("secureConnect", () => {
      stage = "open";
    });
  });
  return () => stage;
}

async function readWhole(
  response: IncomingMessage,
): Promise<{ readonly body: string } | Pick<FailedExchange, "cause">> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) return { cause: "too-large" };
    chunks.push(chunk);
  }
  const body = decodeBody(Buffer.concat(chunks), response.headers["content-encoding"]);
  return body === undefined ? { cause: "not-decodable" } : { body };
}
