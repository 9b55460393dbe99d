import { isObject, type JsonObject, objectIn } from "../base/json.ts";
import { areTexts, type FormRow, isListOfObjects, sendSample } from "./foreign-form.ts";
import { messageTypes } from "./messages/index.ts";

/** Every field of a content that stands beside a title. */
const contentFields = Object.values(messageTypes).flatMap(({ fields }) => Object.keys(fields));

/** Messages for other chats, and such as lack what makes them a message. The first one counts. */
export const messageForms: readonly FormRow[] = [
  {
    name: "a message for Feishu (msg_type)",
    remedy: sendSample,
    matches: ({ msg_type, schema, header, body, elements }) =>
      areTexts(msg_type) ||
      (schema === "2.0" && isObject(body)) ||
      (isListOfObjects(elements) && isObject(header)),
  },
  {
    name: "a message for Teams",
    remedy: sendSample,
    matches: (body) =>
      body["@type"] === "MessageCard" ||
      body.type === "AdaptiveCard" ||
      (body.type === "message" && (isListOfObjects(body.attachments) || areTexts(body.text))),
  },
  {
    name: "a message for Telegram",
    remedy: sendSample,
    matches: ({ chat_id, text }) => chat_id !== undefined && areTexts(text),
  },
  {
    name: "a message for Google Chat",
    remedy: sendSample,
    matches: ({ cards, cardsV2 }) => [cards, cardsV2].some(isListOfObjects),
  },
  {
    name: "a content without its msgtype",
    keys: contentFields,
    remedy: 'send {"msgtype":"markdown","markdown":{"title":"…","text":"…"}}',
    matches: ({ title, text }) => areTexts(title, text),
  },
  {
    name: "a message for a push service (title and text)",
    keys: [
      ...["title", "message", "body", "desp", "content", "priority", "topic", "tags", "click"],
      ...["device_key", "group", "icon", "sound", "url", "token", "template", "level"],
    ],
    remedy: sendSample,
    matches: ({ title, message, body, desp, content }) =>
      areTexts(title, message ?? body ?? desp ?? content),
  },
  {
    name: "a message for Slack (text or blocks)",
    keys: [
      ...["text", "blocks", "attachments", "channel", "username", "icon_emoji", "icon_url"],
      ...["mrkdwn", "link_names", "thread_ts", "unfurl_links", "unfurl_media", "response_type"],
      ...["metadata", "reply_broadcast", "parse", "props", "icon"],
    ],
    remedy: sendSample,
    matches: ({ text, blocks, attachments }) =>
      areTexts(text) || [blocks, attachments].some(isListOfObjects),
  },
  {
    name: "a message for Discord (content or embeds)",
    keys: [
      ...["content", "embeds", "username", "avatar_url", "tts", "allowed_mentions", "components"],
      ...["flags", "thread_name"],
    ],
    remedy: sendSample,
    matches: ({ content, embeds }) => areTexts(content) || isListOfObjects(embeds),
  },
];

/** WeCom's types that DingTalk lacks, each with a field of its content that a message has. */
const wecomTypes: Readonly<Record<string, string>> = {
  news: "articles",
  mpnews: "articles",
  template_card: "card_type",
  markdown_v2: "content",
  textcard: "url",
  image: "md5",
};

/** Whether a message is one for WeCom, of a type that DingTalk lacks. */
export function isWecomType(body: JsonObject): boolean {
  const field = typeof body.msgtype === "string" ? wecomTypes[body.msgtype] : undefined;
  return field !== undefined && field in objectIn(body, String(body.msgtype));
}
