import { isObject, type JsonObject } from "../../base/json.ts";
import { type ActionCardContent, actionCard } from "./action-card.ts";
import { type FeedCardContent, feedCard } from "./feed-card.ts";
import { type LinkContent, link } from "./link.ts";
import { type MarkdownContent, markdown } from "./markdown.ts";
import type { MessageType, MessageTypeOf } from "./message-type.ts";
import { type TextContent, text } from "./text.ts";

/** The content of each type. */
export interface Contents {
  readonly text: TextContent;
  readonly link: LinkContent;
  readonly markdown: MarkdownContent;
  readonly actionCard: ActionCardContent;
  readonly feedCard: FeedCardContent;
}

/**
 * The types that a robot accepts, by `msgtype`.
 *
 * No file in this folder imports anything of Node: the sandbox's page bundles them.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export const messageTypes: {
  readonly [Name in keyof Contents]: MessageTypeOf<Name, Contents[Name]>;
} = { text, link, markdown, actionCard, feedCard };

const byName = new Map<unknown, MessageType>(Object.entries(messageTypes));

/** A message of a known type as it is posted. Fields that nobody names here are kept as well. */
export type TypedBody = {
  readonly [Name in keyof Contents]: { readonly [Field in Name]: Contents[Name] } & {
    readonly msgtype: Name;
    /** Not checked; `mentions.ts` reads it. */
    readonly at?: unknown;
    /** Not checked; DingTalk drops a message whose `msgUuid` it has seen. */
    readonly msgUuid?: unknown;
  };
}[keyof Contents];

/** The type with that name. */
export function findType(msgtype: unknown): MessageType | undefined {
  return byName.get(msgtype);
}

/** The type and the content of a message; undefined for an unknown type and without content. */
export function findContent(
  message: JsonObject,
): { readonly type: MessageType; readonly content: JsonObject } | undefined {
  const type = findType(message.msgtype);
  const content = type && message[type.msgtype];
  return type !== undefined && isObject(content) ? { type, content } : undefined;
}

/** Whether the message is of that type and each of its known fields holds what the type says. */
export function isTyped(
  message: JsonObject,
  { msgtype, fields }: MessageType,
): message is TypedBody {
  const content = message[msgtype];
  return message.msgtype === msgtype && isObject(content) && hasShape(content, fields);
}

function hasShape(holder: JsonObject, fields: MessageType["fields"]): boolean {
  return Object.entries(fields).every(([name, field]) => {
    const value = holder[name];
    if (value === undefined || value === null) return field.errcode === undefined;
    if (!("elements" in field)) return typeof value === "string";
    return (
      Array.isArray(value) &&
      value.every((element) => isObject(element) && hasShape(element, field.elements))
    );
  });
}
