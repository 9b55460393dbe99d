import type { IncomingMessage, ServerResponse } from "node:http";
import { callApi } from "../api/routes.ts";
import type { RobotRequest } from "../robot/checks.ts";
import { plainAddress } from "../robot/ip-ranges.ts";
import { type Answer, receiveMessage, receiveReply, type Stage } from "../rooms/receive.ts";
import { readBody } from "./body.ts";
import { answerSender } from "./fault-answers.ts";
import { checkHost, checkOrigin, setSafetyHeaders } from "./guards.ts";
import type { PageFiles } from "./page-files.ts";
import { failure, type Reply, writeReply } from "./reply.ts";

/** What answers requests. */
export interface Site {
  readonly stage: Stage;
  readonly page: PageFiles;
  /** The host that is listened on. */
  readonly host: string;
  /** Tells this run of the sandbox from others. */
  readonly epoch: string;
  /** Aborts when the sandbox ends. */
  readonly closing: AbortSignal;
}

/** How long a connection with an unread body stays open after the answer. */
const lingerMs = 1000;

const robotRoutes: ReadonlyMap<string, (stage: Stage, request: RobotRequest) => Answer> = new Map([
  ["/robot/send", receiveMessage],
  ["/robot/sendBySession", receiveReply],
]);

/** Answers one HTTP request. */
export async function handle(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, query } = splitTarget(request.url ?? "/");
  const { method = "GET", headers } = request;
  const body = await readBody(request);
  // What is left of an unread body cannot be told from the next request.
  if (body === "too-large") response.setHeader("Connection", "close");
  const end = () => endResponse(response, body);
  const receive = robotRoutes.get(path);
  if (receive !== undefined) {
    const remoteAddress = plainAddress(request.socket.remoteAddress);
    const answer = receive(site.stage, { method, path, query, headers, body, remoteAddress });
    answerSender({ request, response, clock: site.stage.clock, end }, answer);
    return;
  }
  setSafetyHeaders(response);
  const reply = await answerBrowser(site, { request, response, path, query, method, body });
  if (reply === "streaming") return;
  writeReply(response, reply);
  end();
}

/** DingTalk's own word for a failure of its own. */
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

/** The page and the API. */
async function answerBrowser(
  site: Site,
  { request, response, method, path, query, body }: BrowserRequest,
): Promise<Reply | "streaming"> {
  const { headers } = request;
  const refusal = checkHost(headers, site.host) ?? checkOrigin(method, headers);
  if (refusal !== undefined) return refusal;
  if (!path.startsWith("/api/")) return servePage(site, method, path);
  if (body === "too-large") return failure(413, "the body has more than 1 MiB");
  const { stage, epoch, closing } = site;
  const baseUrl = `http://${headers.host ?? site.host}`;
  const signal = goneSignal(response);
  const call = { stage, query, headers, body, response, signal, closing, epoch, baseUrl };
  return callApi(method, path, call);
}

async function servePage({ page }: Site, method: string, path: string): Promise<Reply> {
  const reply = await page.serve(path);
  if (method === "GET" || method === "HEAD" || reply.status === 404) return reply;
  return { ...failure(405, "method not allowed"), headers: { Allow: "GET, HEAD" } };
}

/** Aborts when the caller closes the connection before the answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.on("close", () => controller.abort());
  return controller.signal;
}

function endResponse(response: ServerResponse, body: Buffer | "too-large"): void {
  if (body !== "too-large") {
    response.end();
    return;
  }
  // Closed at once, a sender that is still writing would often see an error and no answer.
  setTimeout(() => response.end(), lingerMs).unref();
}

/** Not `new URL`: a request may name a path that makes no URL, such as `//`. */
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const [path = "", ...rest] = target.split("?");
  return { path, query: new URLSearchParams(rest.join("?")) };
}
