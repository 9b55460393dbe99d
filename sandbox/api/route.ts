import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type * as z from "zod";
import { parseJson } from "../../src/base/json.ts";
import type { Reply } from "../http/reply.ts";
import type { SandboxDeps } from "../rooms/receive.ts";
import { InputError, parse } from "./parse.ts";

/** What the handlers of the API need. */
export interface ApiDeps extends SandboxDeps {
  /** Differs from run to run of the sandbox; the ids of events begin with it. */
  readonly runId: string;
  /** The event streams that are open. */
  readonly streams: Set<ServerResponse>;
  /** Aborts when the sandbox ends. */
  readonly closing: AbortSignal;
}

/** A call of the API as it came. */
export interface ApiRequest {
  readonly deps: ApiDeps;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The decoded value of the path's `{…}`; empty if the path has none. */
  readonly parameter: string;
  /** The event stream writes to it by itself. */
  readonly response: ServerResponse;
  /** Aborts when the caller closes the connection. */
  readonly signal: AbortSignal;
  /** The sandbox's own address as the caller sees it, without a slash at the end. */
  readonly baseUrl: string;
}

/** A call of the API whose query has been checked. */
export interface ApiCall<Query = unknown> extends Omit<ApiRequest, "query"> {
  readonly query: Query;
}

/** The answer of a handler; `"streaming"` if the handler writes the response by itself. */
export type ApiReply = Reply | "streaming" | Promise<Reply>;

/** A row of the API as its description shows it. A path has at most one `{name}`. */
export interface RouteFacts<Query = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly query: z.ZodType<Query>;
  /** A header that the handler reads: its name and description. */
  readonly header?: readonly [name: string, description: string];
  /** Schemas of the bodies by status; null for an answer without JSON. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
}

/** One row of the API. */
export interface ApiRoute extends RouteFacts {
  /** The schema of the request's JSON. If undefined, the body is not read. */
  readonly body?: z.ZodType;
  /** @throws {InputError} for a query or a body that the schemas do not allow */
  readonly answer: (request: ApiRequest) => ApiReply;
}

/** A row whose handler reads no body. */
export function route<Query>({
  handle,
  ...facts
}: RouteFacts<Query> & { handle: (call: ApiCall<Query>) => ApiReply }): ApiRoute {
  return {
    ...facts,
    answer: (request) => handle({ ...request, query: parse(facts.query, firstOf(request.query)) }),
  };
}

/** A row whose handler gets the JSON of the body. */
export function routeWithBody<Query, Body>({
  body,
  bodyName,
  handle,
  ...facts
}: RouteFacts<Query> & {
  body: z.ZodType<Body>;
  /** What the path of a bad value begins with; empty by default. */
  bodyName?: string;
  handle: (call: ApiCall<Query>, body: Body) => ApiReply;
}): ApiRoute {
  const plain = route({
    ...facts,
    handle: (call) => handle(call, parse(body, readJson(call.body), bodyName)),
  });
  return { ...plain, body };
}

/** The parameters by name; of two equal names the first counts. */
function firstOf(query: URLSearchParams): Readonly<Record<string, string>> {
  return Object.fromEntries([...query].reverse());
}

function readJson(body: Buffer): unknown {
  const value = parseJson(body.toString());
  if (value === undefined) throw new InputError("", "is not JSON");
  return value;
}
