import { isObject, parseJson } from "../base/json.ts";
import { InvalidMessageError } from "./errors.ts";
import { maxBodyBytes } from "./limits.ts";
import { findMissingField } from "./message-rules.ts";

/** A message as it goes to the robot. */
export interface RobotMessage {
  /** The wire shape: `msgtype`, the object of that name, `at`, `msgUuid`. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `body` as JSON, in the sender's own spelling where that was JSON already. */
  readonly json: string;
}

/**
 * Reads what an app hands to `create`: a robot message as a JSON object, or text (a JSON string
 * or plain UTF-8) that becomes a `text` message. A string that holds the JSON of a message is
 * that message.
 *
 * @throws {InvalidMessageError} for anything else, and for what DingTalk is known to refuse
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function parseMessage(data: Uint8Array): RobotMessage {
  const message = readMessage(decodeUtf8(data));
  checkFields(message.body);
  return message;
}

/**
 * The bytes to post.
 *
 * @throws {InvalidMessageError} when there are more than {@link maxBodyBytes}
 */
export function encodeMessage(message: RobotMessage): Buffer {
  const bytes = Buffer.from(message.json);
  if (bytes.length <= maxBodyBytes) return bytes;
  // daprd writes <, > and & as six bytes each; DingTalk should not count what the app did not send.
  const compact = Buffer.from(JSON.stringify(message.body));
  if (compact.length <= maxBodyBytes) return compact;
  throw new InvalidMessageError(
    "",
    `the message has ${compact.length} bytes, DingTalk accepts ${maxBodyBytes}`,
    "shorten it or send it in parts",
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeUtf8(data: Uint8Array): string {
  try {
    return utf8.decode(data);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new InvalidMessageError(
      "",
      "the data is not UTF-8",
      "send a robot message as a JSON object, or plain text",
    );
  }
}

function readMessage(text: string): RobotMessage {
  if (text.trim() === "") throw noMessage("empty");
  const value = parseJson(text);
  if (value === undefined) return fromText(text);
  if (typeof value === "string") return fromText(value);
  if (isObject(value)) return { body: value, json: text.trim() };
  throw noMessage(
    Array.isArray(value) ? "an array" : `a JSON ${value === null ? "null" : typeof value}`,
  );
}

/** A text message, unless the text is itself the JSON of a message. */
function fromText(text: string): RobotMessage {
  const value = parseJson(text);
  if (isObject(value) && "msgtype" in value) return { body: value, json: text.trim() };
  if (value === undefined && /^\s*\{.*"msgtype"/s.test(text)) {
    throw new InvalidMessageError(
      "",
      "the data looks like a robot message but is not valid JSON",
      "check its quotes, commas and backslashes",
    );
  }
  const body = { msgtype: "text", text: { content: text } };
  return { body, json: JSON.stringify(body) };
}

function checkFields(body: Readonly<Record<string, unknown>>): void {
  const missing = findMissingField(body);
  if (missing === undefined) return;
  const { field, spelledAs } = missing;
  if (spelledAs === undefined) {
    throw new InvalidMessageError(field, `${field} is missing or empty`, "fill it in");
  }
  throw new InvalidMessageError(
    field,
    `${field} is missing, the message has ${spelledAs} instead`,
    "mind the letter case, DingTalk spells it differently in each msgtype",
  );
}

function noMessage(what: string): InvalidMessageError {
  return new InvalidMessageError(
    "",
    `the data is ${what}, not a message`,
    "send a robot message as a JSON object, or plain text",
  );
}
