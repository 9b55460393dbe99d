import { isDeeperThan, isObject, type JsonObject, parseJson } from "../base/json.ts";
import { parseLenientJson } from "../base/lenient-json.ts";
import { hasTooManyNodes, mostFields } from "./data-structure.ts";
import { decompress } from "./decompress.ts";
import { InvalidMessageError } from "./errors.ts";
import { findFormInBroken, findFormInList, isSurelyForeign } from "./foreign-forms.ts";
import { isMessageLike, looksLikeMessage } from "./message-like.ts";
import { type Reading, readingsOf } from "./unwrap.ts";

/** The wire shape of a message, and the same as JSON. */
export interface MessageData {
  readonly body: JsonObject;
  readonly json: string;
}

/** No message needs more levels. Writing out some thousands of levels would exhaust the stack. */
export const maxNesting = 100;

/**
 * Reads the data of a `create`: a message as a JSON object, also in one of the wrappings that SDKs
 * put around it (see `readingsOf`); else text, which becomes a `text` message.
 *
 * A text that looks like a message is never sent as text. If it is no JSON, but JSON as DingTalk
 * reads it, it is read so, and `json` is JSON.
 *
 * @throws {InvalidMessageError} for data that is neither a message nor text
 */
export function readMessageData(data: Uint8Array): MessageData {
  const text = readUtf8(decompress(data) ?? data);
  if (hasTooManyNodes(text) && /^\s*["'{[]/.test(text.slice(0, 99))) throw tooManyFields();
  // Most data is a message as it is. Looking for wrappings would take twice as long as to parse it.
  const value = text.startsWith("{") ? parseJson(text) : undefined;
  if (isObject(value) && Object.hasOwn(value, "msgtype")) return readObject(value, text.trim());
  if (text.trim() === "") throw noMessage("empty");
  const word = text.slice(0, 99).trim();
  if (word === "null") throw noMessage("a JSON null");
  if (/^(?:true|false|-?\d[\d.eE+-]*)$/.test(word)) return textMessage(text.trim());
  return readBest(readingsOf(text));
}

/** Reads data that has to be a JSON object, also a lenient one. */
export function readMessageObject(data: Uint8Array): MessageData {
  const text = readUtf8(data);
  if (hasTooManyNodes(text)) throw tooManyFields();
  const readings = [...readingsOf(text)];
  if (isObject(readings[0]?.value)) return readBest(readings);
  throw new InvalidMessageError(
    "",
    "the data is no JSON object",
    "send a robot message as a JSON object",
  );
}

/** The JSON object in a text, read as DingTalk does; undefined for another text and a deep one. */
export function parseMessageJson(text: string): JsonObject | undefined {
  const value = parseJson(text) ?? parseLenientJson(text);
  return isObject(value) && !isDeeperThan(value, maxNesting) ? value : undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The text of the bytes, without the byte order marks at its beginning: two programs may add two.
 *
 * @throws {InvalidMessageError} for another encoding than UTF-8
 */
export function readUtf8(data: Uint8Array): string {
  try {
    return withoutNul(utf8.decode(data)).replace(/^\ufeff+/, "");
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new InvalidMessageError(
      "",
      "the data is not UTF-8",
      "send a robot message as a JSON object, or plain text",
    );
  }
}

function withoutNul(text: string): string {
  if (!text.includes("\0")) return text;
  throw new InvalidMessageError(
    "",
    "the data holds NUL characters, as UTF-16 does",
    "send it as UTF-8",
  );
}

/** Reads the outermost text that is none for a group; if there is none, the text that was meant. */
function readBest(readings: Iterable<Reading>): MessageData {
  let meant: Reading | undefined;
  for (const reading of readings) {
    if (isNoText(reading)) return readReading(reading, refuseBroken);
    if (reading.isMeant) meant = reading;
  }
  if (meant === undefined) throw noMessage("empty");
  return readReading(meant, textMessage);
}

/** @param otherwise what to make of words that are neither an object nor a list */
function readReading(
  { text, value, json }: Reading,
  otherwise: (words: string) => MessageData,
): MessageData {
  const words = withoutNul(typeof value === "string" ? value : text);
  if (isObject(value)) return readObject(value, json);
  if (Array.isArray(value)) throw describeList(value);
  return otherwise(words);
}

function refuseBroken(text: string): never {
  const form = findFormInBroken(text);
  if (form !== undefined) {
    throw new InvalidMessageError("", `this is ${form.name}, but no valid JSON`, form.remedy);
  }
  throw new InvalidMessageError(
    "",
    "the data looks like a robot message but is not valid JSON",
    "check its quotes, commas and backslashes",
  );
}

function readObject(body: JsonObject, json: string): MessageData {
  if (Object.keys(body).length > mostFields) throw tooManyFields();
  if (isDeeperThan(body, maxNesting)) {
    throw new InvalidMessageError(
      "",
      `the message is nested more than ${maxNesting} levels deep`,
      "send a robot message as a JSON object, or plain text",
    );
  }
  return { body, json };
}

function describeList(list: readonly unknown[]): InvalidMessageError {
  const form = findFormInList(list);
  if (form === undefined) return noMessage("an array");
  return new InvalidMessageError("", `this is a list that holds ${form.name}`, form.remedy);
}

/** Whether a text is a message, also a wrong one, or what another program would read. */
function isNoText({ text, value }: Reading): boolean {
  if (isObject(value)) return isSurelyForeign(value) || isMessageLike(value);
  if (Array.isArray(value)) return findFormInList(value) !== undefined;
  if (value !== undefined) return false;
  const words = text.replaceAll("\0", "");
  return looksLikeMessage(words) || findFormInBroken(words) !== undefined;
}

function tooManyFields(): InvalidMessageError {
  return new InvalidMessageError(
    "",
    "the data holds more fields, lists and objects than a message has room for",
    "send a robot message as a JSON object, or plain text",
  );
}

function textMessage(content: string): MessageData {
  const body = { msgtype: "text", text: { content } };
  return { body, json: JSON.stringify(body) };
}

function noMessage(what: string): InvalidMessageError {
  return new InvalidMessageError(
    "",
    `the data is ${what}, not a message`,
    "send a robot message as a JSON object, or plain text",
  );
}
