import { isObject, type JsonObject } from "../base/json.ts";
import { messageTypes } from "./messages/index.ts";
import { keysOf } from "./spelling.ts";

/** A quotation mark as JSON, Python, an escaped text and a page of HTML write it. */
const quotes = "(?:[\"'“”\\\\]|&(?:quot|apos|#3[49]);|\\\\u002[27]){0,3}";

/** A known content with a known field: `text: {content:`. */
const contents = Object.values(messageTypes).map(
  ({ msgtype, fields }) =>
    `${msgtype}${quotes}\\s{0,9}:\\s{0,9}\\{\\s{0,99}${quotes}(?:${Object.keys(fields).join("|")})${quotes}\\s{0,9}:`,
);

/**
 * What may stand before the object: a string, a list, `payload=` of a form, `data:` of an event
 * stream, the `b'` of Python, `-d '` of a command line, the fence of a Markdown code block.
 */
const prefix = "(?:[\\s\"'[(`]|\\w{1,20}[=:]|b(?=[\"'])|json\\s|--?[a-z-]{1,12}\\s){0,99}";

/** The name of a field stands behind a brace or a comma; elsewhere it is a word of a text. */
const namedType = `[{｛,]\\s{0,99}${quotes}msg_?type${quotes}[^\\w:：=]{0,9}[:：=]`;

const types = Object.keys(messageTypes).join("|");

const messageLike = [
  // An object with `msgtype` or with a known content.
  new RegExp(`^${prefix}(?=[{｛])[\\s\\S]*?(?:${namedType}|${contents.join("|")})`, "i"),
  // YAML.
  new RegExp(`^\\s*(?:---\\s*)?msg_?type\\s{0,9}:\\s{0,9}["']?(?:${types})["']?\\s*\\n`, "i"),
  // The form of the clients of DingTalk's former gateway.
  new RegExp(`^(?:\\w{1,20}=[^&\\s]*&){0,9}msg_?type=(?:${types})(?:&|\\s*$)`, "i"),
  // A map as Go prints it.
  /^\s*map\[[^\]]{0,200}\bmsg_?type:/i,
];

/** How much of a text is searched for the fields of a message. */
const searchedLength = 400_000;

/** Whether the beginning of a text is that of a message, also of one that nothing can read. */
export function looksLikeMessage(whole: string): boolean {
  const text = whole.slice(0, searchedLength);
  const comments = /^(?:\s|\/\/[^\n]*\n|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*/.exec(text)?.[0] ?? "";
  const uncommented = text.slice(comments.length);
  return messageLike.some((pattern) => pattern.test(uncommented));
}

/** Whether an object is a message, also a wrong one: it has a msgtype, or a known content. */
export function isMessageLike(body: JsonObject): boolean {
  if (keysOf(body).some((key) => /^msg_?type$/i.test(key))) return true;
  return Object.values(messageTypes).some(({ msgtype, fields }) => {
    const content = body[msgtype];
    return isObject(content) && keysOf(content).some((key) => Object.hasOwn(fields, key));
  });
}
