import { randomBytes, randomUUID } from "node:crypto";
import { isObject, parseJson } from "../../src/base/json.ts";
import { robotTopic } from "../../src/dingtalk/stream/frames.ts";
import type { FaultEffect } from "../api/types.ts";

/** What the frame of a message is made from. */
export interface MessageFrame {
  readonly messageId: string;
  readonly clientId: string;
  readonly connectionId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The JSON of the message. */
  readonly data: string;
}

/** A messageId as DingTalk forms them. */
export function newMessageId(now: number): string {
  const [first, second] = [randomBytes(4).toString("hex"), randomBytes(2).toString("hex")];
  return `${first}_${second}_${now.toString(16)}_${randomBytes(4).toString("hex").slice(1)}`;
}

/** The frame of a message to a robot. */
export function messageFrame({ messageId, clientId, connectionId, now, data }: MessageFrame) {
  const headers = { appId: clientId, connectionId, contentType: "application/json", messageId };
  return JSON.stringify({
    specVersion: "1.0",
    type: "CALLBACK",
    headers: { ...headers, time: String(now), topic: robotTopic },
    data,
  });
}

/** A frame of the connection itself. */
export function systemFrame(topic: "ping" | "disconnect", messageId: string, now: number): string {
  const data = { ping: { opaque: randomUUID() }, disconnect: { reason: disconnectReason } };
  return JSON.stringify({
    specVersion: "1.0",
    type: "SYSTEM",
    headers: { contentType: "application/json", messageId, time: String(now), topic },
    data: JSON.stringify(data[topic]),
  });
}

const disconnectReason = "persistent connection is timeout";

type Garbage = Extract<FaultEffect, { type: "garbage" }>["garbage"];

/** A frame that no client expects. */
export function garbageFrame(garbage: Garbage, facts: MessageFrame): string | Buffer {
  switch (garbage) {
    case "no-json":
      return "<html>";
    case "no-message-id":
      return messageFrame(facts).replace(/"messageId":"[^"]*",/, "");
    case "binary":
      return Buffer.from(messageFrame(facts));
    case "data-no-json":
      return messageFrame({ ...facts, data: "{" });
    case "2-mib":
      return messageFrame({ ...facts, data: JSON.stringify("x".repeat(2 * 1024 * 1024)) });
  }
}

/** The answer of a program to a frame. */
export interface Ack {
  /** Undefined where the ack names none. */
  readonly messageId: string | undefined;
  /** Undefined where the ack has no number there. */
  readonly code: number | undefined;
  readonly isDataText: boolean;
}

/** Reads what a program sent, leniently: real clients add fields and headers. Undefined for no JSON object. */
export function readAck(text: string): Ack | undefined {
  const frame = parseJson(text);
  if (!isObject(frame)) return undefined;
  const { headers, code, data } = frame;
  const messageId = isObject(headers) ? headers.messageId : undefined;
  return {
    messageId: typeof messageId === "string" ? messageId : undefined,
    code: typeof code === "number" ? code : undefined,
    isDataText: data === undefined || typeof data === "string",
  };
}
