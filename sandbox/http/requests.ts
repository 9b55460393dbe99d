import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiDeps } from "../api/route.ts";
import { callApi } from "../api/routes.ts";
import type { RobotRequest } from "../robot/checks.ts";
import { plainAddress } from "../robot/ip-ranges.ts";
import { type Answer, receiveMessage, receiveReply, type SandboxDeps } from "../rooms/receive.ts";
import { answerOpen, openPath } from "../stream/open.ts";
import { readBody } from "./body.ts";
import { answerSender } from "./fault-answers.ts";
import { checkHost, checkOrigin, checkProgram, setSafetyHeaders } from "./guards.ts";
import type { PageFiles } from "./page-files.ts";
import { failure, type Reply, writeLongReply, writeReply } from "./reply.ts";

/** What answering requests needs. */
export interface ServerDeps extends ApiDeps {
  readonly page: PageFiles;
  /** The host that the server listens on. */
  readonly host: string;
}

/** How long a connection with an unread body stays open after the answer. */
const lingerMs = 1000;

const robotRoutes: ReadonlyMap<string, (deps: SandboxDeps, request: RobotRequest) => Answer> =
  new Map([
    ["/robot/send", receiveMessage],
    ["/robot/sendBySession", receiveReply],
  ]);

/** Answers one HTTP request. */
export async function answerRequest(
  deps: ServerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, query } = splitTarget(request.url ?? "/");
  const { method = "GET", headers } = request;
  const body = await readBody(request);
  // The rest of an unread body would be taken for the next request of the connection.
  if (body === "too-large") response.setHeader("Connection", "close");
  const end = () => endResponse(response, body);
  const receive = robotRoutes.get(path);
  if (receive !== undefined) {
    const remoteAddress = plainAddress(request.socket.remoteAddress);
    const answer = receive(deps, { method, path, query, headers, body, remoteAddress });
    answerSender({ request, response, clock: deps.clock, end }, answer);
    return;
  }
  if (path === openPath) {
    const reply = checkProgram(headers, deps.host) ?? answerOpen(deps, { method, headers, body });
    if (reply === "hang") return;
    writeReply(response, reply);
    end();
    return;
  }
  setSafetyHeaders(response);
  const reply = await answerBrowser(deps, { request, response, path, query, method, body });
  if (reply === "streaming") return;
  await writeLongReply(response, reply);
  end();
}

/** Answers in DingTalk's words for a failure of DingTalk itself. */
export function answerBusy(response: ServerResponse): void {
  writeReply(response, { status: 500, json: { errcode: -1, errmsg: "系统繁忙" } });
  response.end();
}

interface BrowserRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer | "too-large";
}

/** Answers a request to the page or to the API. */
async function answerBrowser(
  deps: ServerDeps,
  { request, response, method, path, query, body }: BrowserRequest,
): Promise<Reply | "streaming"> {
  const { headers } = request;
  const refusal = checkHost(headers, deps.host) ?? checkOrigin(method, headers);
  if (refusal !== undefined) return refusal;
  if (!path.startsWith("/api/")) return servePage(deps, method, path);
  if (body === "too-large") return failure(413, "the body has more than 1 MiB");
  const baseUrl = `http://${headers.host ?? deps.host}`;
  const signal = closeSignal(response);
  return callApi(method, path, { deps, query, headers, body, response, signal, baseUrl });
}

async function servePage({ page }: ServerDeps, method: string, path: string): Promise<Reply> {
  const reply = await page.serve(path);
  if (method === "GET" || method === "HEAD" || reply.status === 404) return reply;
  return { ...failure(405, "method not allowed"), headers: { Allow: "GET, HEAD" } };
}

/** Aborts when the connection closes: after the answer, or when the caller leaves before it. */
function closeSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.on("close", () => controller.abort());
  return controller.signal;
}

function endResponse(response: ServerResponse, body: Buffer | "too-large"): void {
  if (body !== "too-large") {
    response.end();
    return;
  }
  // A sender that is still writing would often see an error instead of the answer.
  setTimeout(() => response.end(), lingerMs).unref();
}

/** `new URL` refuses some paths that a request may name, such as `//`. */
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const [path = "", ...rest] = target.split("?");
  return { path, query: new URLSearchParams(rest.join("?")) };
}
