import { type JsonObject, objectIn, textIn } from "../base/json.ts";
import { checkMessage } from "./check-message.ts";
import { InvalidMessageError } from "./errors.ts";
import { maxBodyBytes } from "./limits.ts";
import { readMessageData } from "./message-data.ts";
import { findType, isTyped, type TypedBody } from "./messages/index.ts";
import type { MentionText, MessageType } from "./messages/message-type.ts";
import { withTexts } from "./written-texts.ts";

/**
 * A message as it goes to the robot: `body` is its wire shape, and `json` the same as JSON, in the
 * sender's own spelling where the sender wrote JSON.
 *
 * `type` is unset for a message that passes through untouched: its `msgtype` is unknown here, or a
 * known field holds a value of another type.
 */
export type RobotMessage =
  | { readonly type: MessageType; readonly body: TypedBody; readonly json: string }
  | { readonly type: undefined; readonly body: JsonObject; readonly json: string };

/**
 * Makes a message of its wire shape.
 *
 * @param json `body` in another spelling. Default: `body` in JSON's shortest spelling
 */
export function createMessage(body: JsonObject, json = JSON.stringify(body)): RobotMessage {
  const type = findType(body.msgtype);
  return type !== undefined && isTyped(body, type)
    ? { type, body, json }
    : { type: undefined, body, json };
}

/**
 * Reads the data of a `create`, as `readMessageData` says.
 *
 * @throws {InvalidMessageError} for what is neither a message nor text, for what DingTalk is known
 *   to refuse, and for a known field that DingTalk would ignore
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function parseMessage(data: Uint8Array): RobotMessage {
  const { body, json } = readMessageData(data);
  checkMessage(body);
  const written = withTexts(body);
  return written === body ? createMessage(body, json) : createMessage(written);
}

/**
 * The bytes to post.
 *
 * @throws {InvalidMessageError} when there are more than {@link maxBodyBytes}
 */
export function encodeMessage({ body, json }: Pick<RobotMessage, "body" | "json">): Buffer {
  const bytes = Buffer.from(json);
  if (bytes.length <= maxBodyBytes) return bytes;
  // daprd writes <, > and & as six bytes each; DingTalk should not count what the app did not send.
  const compact = Buffer.from(JSON.stringify(body));
  if (compact.length <= maxBodyBytes) return compact;
  throw new InvalidMessageError(
    "",
    `the message has ${compact.length} bytes, DingTalk accepts ${maxBodyBytes}`,
    "shorten it or send it in parts",
  );
}

/** The text of a message that shows nothing else; undefined for other messages. */
export function readText({ type, body }: RobotMessage): string | undefined {
  const text = wholeText(type);
  return type && text && textIn(objectIn(body, type.msgtype), text.field);
}

/** The text of a message in which an `@…` pings; undefined for other messages. */
export function readMentionText({ type, body }: RobotMessage): string | undefined {
  const field = type?.mentionText?.field;
  return type && field && textIn(objectIn(body, type.msgtype), field);
}

/** The title of a message; empty for none. */
export function readTitle({ type, body }: RobotMessage): string {
  return type?.titleField === undefined
    ? ""
    : textIn(objectIn(body, type.msgtype), type.titleField);
}

/** Whether {@link readText} is Markdown; otherwise it is drawn as written. */
export function isMarkdown({ type }: RobotMessage): boolean {
  return type?.mentionText?.isMarkdown === true;
}

/** The body with another text and, in a type that has one, another title; else the same body. */
export function replaceText(
  message: RobotMessage,
  { text, title }: { readonly text: string; readonly title?: string },
): JsonObject {
  const { type, body } = message;
  const field = type?.mentionText?.field;
  if (type === undefined || field === undefined) return body;
  const { msgtype, titleField } = type;
  const titled = titleField === undefined || title === undefined ? {} : { [titleField]: title };
  return { ...body, [msgtype]: { ...objectIn(body, msgtype), ...titled, [field]: text } };
}

function wholeText(type: MessageType | undefined): MentionText | undefined {
  return type?.mentionText?.isWhole === true ? type.mentionText : undefined;
}
