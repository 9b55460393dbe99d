import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import type { RobotRequest } from "./robot-checks.ts";
import type { Rooms } from "./rooms.ts";

interface Reply {
  readonly status: number;
  /** Absent for an answer without a body. */
  readonly json?: unknown;
  readonly allow?: string;
}

type Route = (request: RobotRequest, rooms: Rooms) => Reply;

/** How long a connection with an unread body stays open after the answer. */
const lingerMs = 1000;

const routes: ReadonlyMap<string, Route> = new Map([
  ["/robot/send", sendMessage],
  ["/api/messages", listMessages],
]);

/** Answers one HTTP request. */
export async function handle(
  rooms: Rooms,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, query } = splitTarget(request.url ?? "/");
  const body = await readBody(request);
  // What is left of an unread body cannot be told from the next request.
  if (body === "too-large") response.setHeader("Connection", "close");
  const { method = "GET", headers } = request;
  const route = routes.get(path) ?? notFound;
  const reply = route({ method, query, headers, body }, rooms);
  write(response, reply);
  if (body !== "too-large") {
    response.end();
    return;
  }
  // Closed at once, a sender that is still writing would often see an error and no answer.
  setTimeout(() => response.end(), lingerMs).unref();
}

/** DingTalk's own word for a failure of its own. */
export function answerBusy(response: ServerResponse): void {
  write(response, { status: 500, json: { errcode: -1, errmsg: "系统繁忙" } });
  response.end();
}

/** Refusals are HTTP 200, as DingTalk does it. */
function sendMessage(request: RobotRequest, rooms: Rooms): Reply {
  const verdict = rooms.receive(request);
  const { errcode, errmsg } = verdict.accepted ? { errcode: 0, errmsg: "ok" } : verdict;
  return { status: 200, json: { errcode, errmsg } };
}

function listMessages({ method, query }: RobotRequest, rooms: Rooms): Reply {
  const token = query.get("token") ?? undefined;
  if (method === "GET") return { status: 200, json: rooms.messages(token) };
  if (method !== "DELETE") {
    const json = { errcode: 405, errmsg: "method not allowed" };
    return { status: 405, json, allow: "GET, DELETE" };
  }
  rooms.clear(token);
  return { status: 204 };
}

function notFound(): Reply {
  return { status: 404, json: { errcode: 404, errmsg: "请求的URI地址不存在" } };
}

/** The whole answer, but for the end. */
function write(response: ServerResponse, { status, json, allow }: Reply): void {
  if (allow !== undefined) response.setHeader("Allow", allow);
  if (json === undefined) {
    response.writeHead(status);
    return;
  }
  const text = Buffer.from(JSON.stringify(json));
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": text.length,
  });
  response.write(text);
}

/** Not `new URL`: a request may name a path that makes no URL, such as `//`. */
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const [path = "", ...rest] = target.split("?");
  return { path, query: new URLSearchParams(rest.join("?")) };
}
