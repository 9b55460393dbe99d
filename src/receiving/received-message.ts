import { createHash } from "node:crypto";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { Secret } from "../base/secret.ts";
import { eventMetadataOf } from "./event-metadata.ts";
import { logId } from "./log-id.ts";

/** How a message reached this process. */
export type Via = "http" | "stream";

/** A way to say something in a conversation. */
export interface Session {
  /** The `sessionWebhook`. Whoever has it can speak in the conversation. */
  readonly address: Secret;
  /** Milliseconds since 1970. Infinite if DingTalk did not say when the session ends. */
  readonly expiresAt: number;
  /** Who is mentioned by a reply. Empty or undefined for people outside the organisation. */
  readonly senderStaffId: string | undefined;
  /** Whether the conversation is a group; undefined if DingTalk did not say. */
  readonly isGroup: boolean | undefined;
}

/** One message of a person. Every field of DingTalk may be missing or have another type. */
export interface ReceivedMessage {
  readonly via: Via;
  /** DingTalk's JSON, byte for byte. Holds the text, names and the `sessionWebhook`: never log it. */
  readonly data: Buffer;
  /** Names the message for one robot. A hash in base64url: copies of a message have the same key. */
  readonly key: string;
  readonly msgId: string | undefined;
  readonly msgtype: string | undefined;
  /** Whether the conversation is a group; undefined if DingTalk did not say. */
  readonly isGroup: boolean | undefined;
  /** Empty for people outside the organisation. */
  readonly senderStaffId: string | undefined;
  /** The organisation has used its monthly quota up. The message then has no content. */
  readonly isOverQuota: boolean;
  /** Undefined without an address, and with one that is longer than 2 KiB. */
  readonly session: Session | undefined;
  /** What the app gets as metadata, but for the number of the attempt and the trace. */
  readonly eventMetadata: Readonly<Record<string, string>>;
}

/** The body of a message is not a JSON object. The text of the error quotes nothing of it. */
export class NotJsonError extends Error {
  override readonly name = "NotJsonError";
  readonly code = "NOT_JSON";
}

/** A longer address counts as absent. DingTalk's own have about 120 bytes. */
const mostAddressBytes = 2048;

/** A longer `msgtype` or `senderStaffId` counts as absent. They are kept longer than the body. */
const mostWordLength = 1024;

/** DingTalk's `errorCode` of a message that came after the monthly quota was used up. */
const overQuota = "20001";

/**
 * Reads a message leniently.
 *
 * @param robot names the robot: its `clientId` or, without one, the component's `id`
 * @throws {NotJsonError} if the data is not a JSON object
 */
export function readMessage(data: Buffer, robot: string, via: Via): ReceivedMessage {
  const body = parseJson(data.toString("utf8"));
  if (!isObject(body)) throw new NotJsonError("the message is not a JSON object");
  const msgId = wordIn(body, "msgId");
  const kind = wordIn(body, "conversationType");
  const isGroup = kind === "2" ? true : kind === "1" ? false : undefined;
  const senderStaffId = shortWordIn(body, "senderStaffId");
  return {
    via,
    data,
    key: keyOf(data, { robot, chatbotUserId: wordIn(body, "chatbotUserId"), msgId }),
    msgId,
    msgtype: shortWordIn(body, "msgtype"),
    isGroup,
    senderStaffId,
    isOverQuota: wordIn(body, "errorCode") === overQuota,
    session: sessionIn(body, { senderStaffId, isGroup }),
    eventMetadata: eventMetadataOf(body, via),
  };
}

const nothing = Buffer.alloc(0);

/** What of a message is kept while only its answer can come: no body, and nothing for an event. */
export function forLateAnswer(message: ReceivedMessage): ReceivedMessage {
  return { ...message, data: nothing, eventMetadata: {}, msgId: logId(message.msgId) };
}

/** A field that is a text or a number, as text. Undefined for other types and an empty text. */
function wordIn(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function shortWordIn(body: JsonObject, field: string): string | undefined {
  const word = wordIn(body, field);
  return word === undefined || word.length > mostWordLength ? undefined : word;
}

/** Two robots that one message mentions get the same `msgId`, so the key names the robot too. */
function keyOf(
  data: Buffer,
  {
    robot,
    chatbotUserId = "",
    msgId,
  }: Record<"robot" | "chatbotUserId" | "msgId", string | undefined>,
): string {
  const id = msgId ?? createHash("sha256").update(data).digest("base64url");
  const names = JSON.stringify([robot, chatbotUserId, msgId === undefined ? "body" : "msgId", id]);
  return createHash("sha256").update(names).digest("base64url");
}

function sessionIn(
  body: JsonObject,
  asker: Pick<Session, "senderStaffId" | "isGroup">,
): Session | undefined {
  const address = body.sessionWebhook;
  if (typeof address !== "string" || address === "") return undefined;
  if (Buffer.byteLength(address) > mostAddressBytes) return undefined;
  const stated = Number(wordIn(body, "sessionWebhookExpiredTime"));
  const expiresAt = Number.isFinite(stated) && stated > 0 ? stated : Number.POSITIVE_INFINITY;
  return { address: new Secret(address), expiresAt, ...asker };
}
