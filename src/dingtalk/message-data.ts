import { isDeeperThan, isObject, type JsonObject, parseJson } from "../base/json.ts";
import { parseLenientJson, toStrictJson } from "../base/lenient-json.ts";
import { hasTooManyNodes, mostFields } from "./data-structure.ts";
import { decodingsOf } from "./encoded-text.ts";
import { InvalidMessageError } from "./errors.ts";
import { isSurelyForeign } from "./foreign-forms.ts";
import { looksLikeMessage } from "./message-like.ts";
import { messageTypes } from "./messages/index.ts";
import { keysOf } from "./spelling.ts";

/** The wire shape of a message, and the same as JSON. */
export interface MessageData {
  readonly body: JsonObject;
  readonly json: string;
}

/** No message needs more levels. Writing out some thousands of levels would exhaust the stack. */
export const maxNesting = 100;

/**
 * Reads the data of a `create`: a message as a JSON object; the bytes of one as SDKs write them
 * (base64, a list of numbers, Node's `Buffer`); else text, which becomes a `text` message.
 *
 * A text that looks like a message is never sent as text. If it is no JSON, but JSON as DingTalk
 * reads it, it is read so, and `json` is JSON.
 *
 * @throws {InvalidMessageError} for data that is neither a message nor text
 */
export function readMessageData(data: Uint8Array): MessageData {
  const text = readUtf8(data);
  if (/^\s*["'{[]/.test(text.slice(0, 99)) && hasTooManyNodes(data)) throw tooManyFields();
  if (text.trim() === "") throw noMessage("empty");
  const value = parseJson(text);
  if (typeof value === "number" || typeof value === "boolean") return textMessage(text.trim());
  return value === undefined ? readText(text) : readValue(value, text.trim());
}

/** Reads data that has to be a JSON object, also a lenient one. */
export function readMessageObject(data: Uint8Array): MessageData {
  const text = readUtf8(data);
  if (hasTooManyNodes(data)) throw tooManyFields();
  const json = jsonOf(text);
  const value = parseJson(json ?? "");
  if (json !== undefined && isObject(value)) return readValue(value, json);
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

/** The sender's own spelling where the sender wrote JSON. */
function jsonOf(text: string): string | undefined {
  return parseJson(text) === undefined ? toStrictJson(text) : text.trim();
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The text of the bytes, without the byte order mark.
 *
 * @throws {InvalidMessageError} for another encoding than UTF-8
 */
export function readUtf8(data: Uint8Array): string {
  try {
    return withoutNul(utf8.decode(data));
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

/** @param json `value` as its sender spelled it */
function readValue(value: unknown, json: string): MessageData {
  if (typeof value === "string") return readText(value);
  const bytes = bytesIn(value);
  // A list of numbers may be anything, an object that names a Buffer is none.
  const isMessage = bytes !== undefined && (!Array.isArray(value) || isNoText(decodeLossy(bytes)));
  if (isMessage) return readMessageData(bytes);
  if (isObject(value) && Object.keys(value).length > mostFields) throw tooManyFields();
  if (!isObject(value)) throw noMessage(value === null ? "a JSON null" : "an array");
  if (isDeeperThan(value, maxNesting)) {
    throw new InvalidMessageError(
      "",
      `the message is nested more than ${maxNesting} levels deep`,
      "send a robot message as a JSON object, or plain text",
    );
  }
  return { body: value, json };
}

/** A text message, unless the text is itself a message or what another program would read. */
function readText(given: string): MessageData {
  const text = withoutNul(given.replace(/^\ufeff/, ""));
  const inside = decodingsOf(text).find(isNoText);
  if (inside !== undefined) return readText(inside);
  const json = /^\s*["'{]/.test(text) ? jsonOf(text) : undefined;
  const value = parseJson(json ?? "");
  if (typeof value === "string" && value !== text && isNoText(value)) return readText(value);
  if (json !== undefined && isObject(value)) {
    return isNoTextObject(value) ? readValue(value, json) : textMessage(text);
  }
  if (!looksLikeMessage(text)) return textMessage(text);
  const whole = jsonOf(text);
  if (whole !== undefined) return readValue(parseJson(whole), whole);
  throw new InvalidMessageError(
    "",
    "the data looks like a robot message but is not valid JSON",
    "check its quotes, commas and backslashes",
  );
}

/** Whether a text is not one that the group should read. */
function isNoText(text: string): boolean {
  const value = /^\s*["'{]/.test(text) ? parseJson(jsonOf(text) ?? "") : undefined;
  if (typeof value === "string" && value.length < text.length) return isNoText(value);
  if (isObject(value)) return isNoTextObject(value);
  return looksLikeMessage(text) || decodingsOf(text).some(isNoText);
}

/** Whether an object is a message, also a wrong one, or what another program would read. */
function isNoTextObject(body: JsonObject): boolean {
  if (isSurelyForeign(body)) return true;
  const keys = keysOf(body);
  if (keys.some((key) => /^msg_?type$/i.test(key))) return true;
  return Object.values(messageTypes).some(({ msgtype, fields }) => {
    const content = body[msgtype];
    return isObject(content) && keysOf(content).some((key) => Object.hasOwn(fields, key));
  });
}

/** A message of more bytes has more parts than a robot may send in a minute. */
const longestList = 500_000;

/**
 * The bytes that a JSON value stands for: a list of numbers, `{"type":"Buffer","data":[…]}` as
 * Node writes a `Buffer`, `{"0":…,"1":…}` as Node writes a `Uint8Array`.
 */
function bytesIn(value: unknown): Uint8Array | undefined {
  if (isObject(value)) {
    if (value.type === "Buffer") return bytesIn(value.data);
    return Object.hasOwn(value, "0") && Object.keys(value).every((key, index) => key === `${index}`)
      ? bytesIn(Object.values(value))
      : undefined;
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > longestList) return undefined;
  return value.every(isByte) ? Uint8Array.from(value) : undefined;
}

function decodeLossy(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString()
    .replace(/^\ufeff/, "");
}

/** Java counts the upper half of the bytes from -128. */
function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= -128 && Number(value) <= 255;
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
