import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isObject, parseJson, textIn } from "../../src/base/json.ts";
import type { FaultEffect } from "../api/types.ts";
import type { Reply } from "../http/reply.ts";
import type { SandboxDeps } from "../rooms/receive.ts";
import type { Room } from "../rooms/room.ts";
import type { streamRefusals } from "../rooms/unmatched-requests.ts";
import type { OpenFacts, Subscription } from "./tickets.ts";

/** The path at which programs ask for a connection. */
export const openPath = "/v1.0/gateway/connections/open";

/** A request for a connection. */
export interface OpenRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | "too-large";
}

/** An answer before it is written as JSON or XML. */
interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Answers a request for a connection as DingTalk's gateway does.
 *
 * @returns `"hang"` if a fault wants no answer
 * @see https://github.com/open-dingtalk/developerpedia/blob/main/docs/learn/stream/protocol.md
 */
export function answerOpen(deps: SandboxDeps, request: OpenRequest): Reply | "hang" {
  const write = ({ status, fields }: Answer) => inFormat(request.headers, status, fields);
  if (request.method !== "POST") return write(refusal(404, "InvalidAction.NotFound", "not found"));
  const asked = readRequest(request.body);
  if (typeof asked === "string") return write(refusal(400, "invalidParameter", asked));
  const rooms = deps.rooms.ofClient(asked.clientId);
  const fault = rooms
    .map((room) => deps.rooms.takeFault(room, "open", deps.random))
    .find((effect) => effect !== undefined);
  if (fault?.type === "open-hang") return "hang";
  if (fault?.type === "open-status") return faultAnswer(fault, write);
  const room = admit(rooms, asked);
  if (typeof room === "string") {
    noteRefusal(deps, room, asked);
    return write(refusals[room]);
  }
  const { clientId, ua, subscriptions } = asked;
  deps.rooms.forgetStreamRefusals(clientId);
  const facts: OpenFacts = { token: room.token, clientId, ua, subscriptions };
  const ticket = deps.connections.tickets.issue(facts, deps.clock.elapsed());
  const endpoint = `ws://${request.headers.host ?? "localhost"}/connect`;
  return write({ status: 200, fields: { endpoint, ticket } });
}

/** Why a program gets no connection, as the traces of such requests name it. */
type Refusal = (typeof streamRefusals)[number];

const refusals: Readonly<Record<Refusal, Answer>> = {
  "stream-open": refusal(401, "authFailed", "鉴权失败"),
  "stream-secret": refusal(401, "authFailed", "鉴权失败"),
  "stream-mode": refusal(400, "invalidParameter", "robot is not in stream mode"),
};

/** The robot of the program. */
function admit(rooms: readonly Room[], { clientSecret }: Asked): Room | Refusal {
  if (rooms.length === 0) return "stream-open";
  const room = rooms.find(({ human }) => human.appSecret === clientSecret);
  if (room === undefined) return "stream-secret";
  return rooms.some(({ human }) => human.mode === "stream") ? room : "stream-mode";
}

/** Without this trace, a program that is refused waits and the page shows nothing. */
function noteRefusal({ rooms, clock }: SandboxDeps, via: Refusal, { clientId }: Asked): void {
  const { status: errcode, fields } = refusals[via];
  const errmsg = fields.code === "authFailed" ? fields.code : (fields.message ?? "");
  rooms.noteUnmatched({ via, token: clientId, errcode, errmsg }, clock.now());
}

interface Asked extends Omit<OpenFacts, "token"> {
  readonly clientSecret: string;
}

/** @returns what is wrong, for a request that DingTalk would not understand */
function readRequest(body: OpenRequest["body"]): Asked | string {
  const asked = body === "too-large" ? undefined : parseJson(body.toString());
  if (!isObject(asked)) return "body is not a JSON object";
  const { clientId, clientSecret, subscriptions, ua = "" } = asked;
  if (typeof clientId !== "string" || clientId === "") return "clientId is missing";
  if (typeof clientSecret !== "string" || clientSecret === "") return "clientSecret is missing";
  if (typeof ua !== "string") return "ua invalid";
  const isList = Array.isArray(subscriptions) && subscriptions.length <= maxSubscriptions;
  const read = isList ? subscriptions.map(readSubscription) : [undefined];
  const known = read.filter((subscription) => subscription !== undefined);
  if (known.length < read.length) return "subscriptions invalid";
  return { clientId, clientSecret, subscriptions: known, ua: ua.slice(0, 200) };
}

const maxSubscriptions = 100;

function readSubscription(value: unknown): Subscription | undefined {
  if (!isObject(value)) return undefined;
  const [type, topic] = [textIn(value, "type"), textIn(value, "topic")];
  return type === "" || topic === "" ? undefined : { type, topic: topic.slice(0, 200) };
}

type OpenStatus = Extract<FaultEffect, { type: "open-status" }>;

/** DingTalk's answers in these cases, as users quote them. */
const faultAnswers: Readonly<Record<Exclude<OpenStatus["answer"], "html">, Answer>> = {
  401: refusal(401, "authFailed", "鉴权失败"),
  400: refusal(400, "invalidParameter", "参数不合法"),
  "400-ua": refusal(400, "invalidParameter", "ua invalid"),
  403: refusal(403, "Forbidden.AccessDenied.QpsLimitForApi", "访问过于频繁"),
  429: refusal(429, "Throttling", "访问过于频繁"),
  503: refusal(503, "ServiceUnavailable", "服务暂不可用"),
};

/** What a proxy answers that gets a request for https without a CONNECT before it. */
const proxyPage = `<html>
<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>
<body><center><h1>400 Bad Request</h1></center>
<center>The plain HTTP request was sent to HTTPS port</center></body>
</html>
`;

function faultAnswer({ answer }: OpenStatus, write: (answer: Answer) => Reply): Reply {
  if (answer !== "html") return write(faultAnswers[answer]);
  return { status: 400, content: { type: "text/html", bytes: Buffer.from(proxyPage) } };
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, fields: { code, message } };
}

/** DingTalk answers XML to whoever does not ask for JSON. */
function inFormat(
  { accept = "" }: IncomingHttpHeaders,
  status: number,
  answered: Answer["fields"],
): Reply {
  const fields = status === 200 ? answered : { requestid: randomUUID(), ...answered };
  if (/\bapplication\/json\b/i.test(accept)) return { status, json: fields };
  const elements = Object.entries(fields).map(([name, text]) => `<${name}>${text}</${name}>`);
  const root = status === 200 ? "result" : "error";
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${elements.join("")}</${root}>\n`;
  return { status, content: { type: "application/xml; charset=utf-8", bytes: Buffer.from(xml) } };
}
