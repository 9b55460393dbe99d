import { isUtf8 } from "node:buffer";
import { isObject, objectIn, parseJson, textIn } from "../../base/json.ts";

/** The topic of messages that people write to a robot. */
export const robotTopic = "/v1.0/im/bot/messages/get";

/** The codes of acks. What codes other than 200 cause for a message is not documented. */
export const ackCodes = [200, 400, 404, 500] as const;

export type AckCode = (typeof ackCodes)[number];

const ackTexts = { 200: "OK", 400: "bad request", 404: "not found", 500: "error" } as const;

/** One frame, by what must be done with it. */
export type Frame =
  /** `data` goes back as it came. */
  | { readonly kind: "ping"; readonly messageId: string; readonly data: string }
  /** The peer is about to close the connection. */
  | { readonly kind: "disconnect" }
  /** Nothing must be done. */
  | { readonly kind: "notice" }
  | {
      readonly kind: "callback";
      readonly topic: string;
      readonly messageId: string;
      /** JSON, byte for byte as it was sent. */
      readonly data: string;
    }
  /** A topic that nobody subscribed to. */
  | { readonly kind: "unknown"; readonly messageId: string }
  | { readonly kind: "malformed"; readonly messageId: string | undefined };

/**
 * Reads a WebSocket message. Unknown fields pass. Never throws.
 *
 * @param topics the topics of callbacks that are subscribed to
 * @see https://github.com/open-dingtalk/developerpedia/blob/main/docs/learn/stream/protocol.md
 */
export function readFrame(
  bytes: Buffer,
  { isBinary, topics }: { isBinary: boolean; topics: readonly string[] },
): Frame {
  const frame = isBinary || !isUtf8(bytes) ? undefined : parseJson(bytes.toString());
  if (!isObject(frame)) return { kind: "malformed", messageId: undefined };
  const headers = objectIn(frame, "headers");
  const topic = textIn(headers, "topic");
  const messageId = textIn(headers, "messageId") || undefined;
  if (frame.type === "SYSTEM" && topic !== "ping") {
    return { kind: topic === "disconnect" ? "disconnect" : "notice" };
  }
  if (messageId === undefined) return { kind: "malformed", messageId };
  const { data } = frame;
  if (frame.type === "SYSTEM") {
    return { kind: "ping", messageId, data: typeof data === "string" ? data : "{}" };
  }
  if (frame.type !== "CALLBACK" && frame.type !== "EVENT") return { kind: "malformed", messageId };
  if (frame.type === "EVENT" || !topics.includes(topic)) return { kind: "unknown", messageId };
  if (typeof data !== "string" || parseJson(data) === undefined) {
    return { kind: "malformed", messageId };
  }
  return { kind: "callback", topic, messageId, data };
}

/** The answer to a frame. @param data JSON as a text, which DingTalk's own clients also send */
export function writeAck(messageId: string, code: AckCode, data: string): string {
  const headers = { contentType: "application/json", messageId };
  return JSON.stringify({ code, message: ackTexts[code], headers, data });
}
