import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Reply } from "../http/reply.ts";
import type { Stage } from "../rooms/receive.ts";

/** A call of the API. */
export interface ApiCall {
  readonly stage: Stage;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What stands in the path's places, decoded; empty where there are none. */
  readonly parameter: string;
  readonly body: Buffer;
  /** For streams, which write to it themselves. */
  readonly response: ServerResponse;
  /** Aborts when the caller goes. */
  readonly signal: AbortSignal;
  /** Aborts when the sandbox ends. */
  readonly closing: AbortSignal;
  /** This run of the sandbox. */
  readonly epoch: string;
  /** Its own address, as the caller sees it. */
  readonly baseUrl: string;
}

/** `"streaming"` where the handler answers itself. */
export type ApiReply = Reply | "streaming" | Promise<Reply>;

/** One row of the API: a place in the path is written `{name}`, and there is at most one. */
export interface ApiRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly handle: (call: ApiCall) => ApiReply;
}
