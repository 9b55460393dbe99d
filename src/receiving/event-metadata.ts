import type { JsonObject } from "../base/json.ts";
import type { ReceivedMessage, Via } from "./received-message.ts";

/** The fields of DingTalk that an event has as metadata. `sessionWebhook` is never one of them. */
const plainFields = [
  "msgId",
  "msgtype",
  "conversationId",
  "conversationType",
  "senderId",
  "senderStaffId",
  "robotCode",
  "createAt",
  "sessionWebhookExpiredTime",
] as const;

/** People write these fields in any language. Headers take ASCII only, so they are percent-encoded. */
const encodedFields = ["senderNick", "conversationTitle"] as const;

/** The longest value, in bytes. */
const mostValueBytes = 1024;
/** The longest metadata, names and values together, in bytes. Node's HTTP server takes 16 KiB. */
const mostBytes = 4096;
/** Room for the attempt and the trace, which each hand-over adds. */
const roomForHandOver = 128;

/**
 * The metadata of a message. A value that is longer than 1 KiB, that is not printable ASCII or that
 * finds no room in 4 KiB is left out: the app finds the value in the body.
 */
export function eventMetadataOf(body: JsonObject, via: Via): Record<string, string> {
  const metadata: Record<string, string> = { receivedBy: via };
  let bytes = roomForHandOver + "receivedBy".length + via.length;
  const add = (name: string, value: string | undefined): void => {
    if (value === undefined || value.length > mostValueBytes || !/^[ -~]+$/.test(value)) return;
    if (bytes + name.length + value.length > mostBytes) return;
    bytes += name.length + value.length;
    metadata[name] = value;
  };
  for (const name of plainFields) add(name, textOf(body[name]));
  for (const name of encodedFields) add(name, encoded(textOf(body[name])));
  return metadata;
}

/** What one hand-over adds to the metadata of a message. */
export interface HandOverMetadata {
  /** 1 for the first hand-over. */
  readonly attempt: number;
  /** W3C Trace Context of the receipt; undefined without tracing. */
  readonly traceparent?: string | undefined;
}

/** The whole metadata of the event that the app gets. */
export function metadataForApp(
  { eventMetadata }: ReceivedMessage,
  { attempt, traceparent }: HandOverMetadata,
): Record<string, string> {
  const trace = traceparent === undefined ? {} : { traceparent };
  return { ...eventMetadata, attempt: String(attempt), ...trace };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.trim() : undefined;
}

function encoded(text: string | undefined): string | undefined {
  // A half of a surrogate pair has no UTF-8 form. The way through a buffer replaces it.
  return text === undefined ? undefined : encodeURIComponent(Buffer.from(text).toString());
}
