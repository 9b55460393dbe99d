import { InvalidMessageError } from "./errors.ts";
import { maxBodyBytes } from "./limits.ts";
import { encodeMessage, type RobotMessage, readText } from "./message.ts";
import { splitMessage } from "./split-message.ts";
import type { Steps } from "./steps.ts";

/** How many bytes of a message are kept free for the msgUuid that delivery gives it. */
const msgUuidRoom = 64;

/** The size in bytes of the largest message that has room for its msgUuid. */
export const maxMessageBytes = maxBodyBytes - msgUuidRoom;

/** What decides whether a message is split. */
export interface PartsOptions {
  readonly oversize: "reject" | "split";
  /** Messages in any minute, 0 for no limit. A message never has more parts than this. */
  readonly messagesPerMinute: number;
  /** Stands in the text of every part. */
  readonly keyword?: string | undefined;
}

/**
 * Checks the size as far as it can be told without cutting the message.
 *
 * @throws {InvalidMessageError} for a message that is too long and is not to be split, and for one
 *   that surely has too many parts
 */
export function checkSize(
  message: RobotMessage,
  { oversize, messagesPerMinute }: Pick<PartsOptions, "oversize" | "messagesPerMinute">,
): void {
  // No UTF-16 unit of the text takes more than three bytes.
  if (message.json.length * 3 <= maxBodyBytes) return;
  if (oversize === "reject") {
    encodeMessage(message);
    return;
  }
  if (messagesPerMinute === 0) return;
  const mostBytes = messagesPerMinute * maxMessageBytes;
  // Each UTF-16 unit of the text takes a byte at least: writing the text as JSON takes longer.
  if ((readText(message) ?? "").length > mostBytes) throw tooManyParts();
  if (tryEncode(message) !== undefined) return;
  if (Buffer.byteLength(JSON.stringify(message.body)) > mostBytes) throw tooManyParts();
}

/**
 * The message alone, or its parts if it is too long and may be split.
 *
 * @throws {InvalidMessageError} for a message that is too long and is not to be split
 */
export function* partsOf(
  message: RobotMessage,
  { oversize, messagesPerMinute, keyword }: PartsOptions,
): Steps<RobotMessage[]> {
  checkSize(message, { oversize, messagesPerMinute });
  if (oversize === "reject" || tryEncode(message) !== undefined) return [message];
  const mostParts = messagesPerMinute === 0 ? Number.POSITIVE_INFINITY : messagesPerMinute;
  const parts = yield* splitMessage(message, { maxBytes: maxMessageBytes, keyword });
  if (parts.length > mostParts) throw tooManyParts();
  // A msgtype other than text and markdown comes back whole, and is still too long.
  for (const part of parts) encodeMessage(part);
  return parts;
}

function tooManyParts(): InvalidMessageError {
  return new InvalidMessageError(
    "",
    "the message needs more parts than the robot may send in a minute",
    "shorten it",
  );
}

/** The body of a POST. */
export interface Outgoing {
  readonly body: Buffer;
  /** Whether DingTalk recognises a repeat of it. */
  readonly isIdempotent: boolean;
}

/**
 * The body with the msgUuid, by which DingTalk recognises repeats. A message that has no room for a
 * msgUuid goes without one, and is then not repeated after it may have arrived.
 */
export function withMsgUuid(message: RobotMessage, msgUuid: string): Outgoing {
  const own = message.body.msgUuid;
  if (own !== undefined) return { body: encodeMessage(message), isIdempotent: true };
  const json = `{"msgUuid":${JSON.stringify(msgUuid)},${message.json.slice(1)}`;
  const bytes = Buffer.from(json);
  if (bytes.length <= maxBodyBytes) return { body: bytes, isIdempotent: true };
  const body = tryEncode({ body: { msgUuid, ...message.body }, json });
  return body === undefined
    ? { body: encodeMessage(message), isIdempotent: false }
    : { body, isIdempotent: true };
}

function tryEncode(message: Pick<RobotMessage, "body" | "json">): Buffer | undefined {
  try {
    return encodeMessage(message);
  } catch (error) {
    if (!(error instanceof InvalidMessageError)) throw error;
    return undefined;
  }
}
