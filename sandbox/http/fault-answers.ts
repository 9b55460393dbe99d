import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../src/base/clock.ts";
import type { FaultEffect } from "../api/types.ts";
import type { Answer } from "../rooms/receive.ts";
import { type Reply, writeReply } from "./reply.ts";

/** A request, its response, and what an answer needs. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  /** Ends the response after a complete answer. */
  readonly end: () => void;
}

const page = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>访问被拒绝</title></head>
<body><p>抱歉，您的访问过于频繁，请稍后再试。</p></body></html>
`;

/** Answers a sender, or does what the fault says. */
export function answerSender(exchange: Exchange, { errcode, errmsg, fault }: Answer): void {
  const { request, response, clock } = exchange;
  const usual: Reply = { status: 200, json: { errcode, errmsg } };
  switch (fault?.type) {
    case "delay":
      response.on(
        "close",
        clock.after(fault.delayMs, () => send(exchange, usual)),
      );
      break;
    case "hang":
      break;
    case "reset":
      request.socket.resetAndDestroy();
      break;
    case "lost-answer":
      request.socket.destroy();
      break;
    case "truncated":
      breakOff(response, JSON.stringify(usual.json));
      break;
    default:
      send(exchange, fault === null ? usual : (strangeReply(fault) ?? usual));
  }
}

function send({ response, end }: Exchange, reply: Reply): void {
  writeReply(response, reply);
  end();
}

/** The answer of a fault that answers without JSON; undefined for other faults. */
function strangeReply(fault: FaultEffect): Reply | undefined {
  const content = { type: "text/html; charset=utf-8", bytes: Buffer.alloc(0) };
  switch (fault.type) {
    case "http-status":
      return { status: fault.status, content };
    case "redirect":
      return { status: 302, content, headers: { Location: "https://err.taobao.com/error1.html" } };
    case "html":
      return { status: 200, content: { ...content, bytes: Buffer.from(page) } };
    default:
      return undefined;
  }
}

/** Announces the whole answer, sends half of it and closes. */
function breakOff(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
