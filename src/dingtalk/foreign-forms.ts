import { isObject, type JsonObject, objectIn } from "../base/json.ts";

/** What another program than a DingTalk robot would read. */
export interface ForeignForm {
  /** Completes "this is …". */
  readonly name: string;
  /** What to do, one clause, lower case, no full stop. */
  readonly remedy: string;
}

interface FormRow extends ForeignForm {
  readonly matches: (body: JsonObject) => boolean;
  /** The only keys with which the row counts for an object in a text. If unset, any others too. */
  readonly keys?: readonly string[];
}

const textSample = '{"msgtype":"text","text":{"content":"…"}}';
const sendSample = `send ${textSample}`;

/** The first row that matches counts. No row matches a message of DingTalk's. */
const forms: readonly FormRow[] = [
  {
    name: "a CloudEvent",
    remedy: "send its data",
    matches: ({ specversion }) => typeof specversion === "string",
  },
  {
    name: "a Grafana notification",
    remedy: `write a message of its alerts: ${sendSample}`,
    matches: ({ alerts, orgId, ruleName, ruleId, state }) =>
      (Array.isArray(alerts) && orgId !== undefined) ||
      ((ruleName ?? ruleId) !== undefined && typeof state === "string"),
  },
  {
    name: "an Alertmanager notification",
    remedy: `write a message of its alerts: ${sendSample}`,
    matches: ({ alerts, ...others }) =>
      Array.isArray(alerts) && ["groupKey", "receiver", "status"].some((key) => key in others),
  },
  {
    name: "a call of the binding",
    remedy: "send its data",
    matches: ({ operation, data }) => typeof operation === "string" && data !== undefined,
  },
  {
    name: "a message of DingTalk's OpenAPI (msgKey), which robots with a webhook do not read",
    remedy: sendSample,
    matches: ({ msgKey, msgParam }) => typeof msgKey === "string" && msgParam !== undefined,
  },
  {
    name: "an object around a message",
    remedy: "send what is inside",
    matches: (body) =>
      Object.values(body)
        .slice(0, 100)
        .some((value) => isObject(value) && typeof value.msgtype === "string"),
  },
  {
    name: "a message for Feishu (msg_type)",
    remedy: sendSample,
    matches: (body) => typeof body.msg_type === "string",
  },
  {
    name: "a message for Teams",
    remedy: sendSample,
    matches: (body) => body["@type"] === "MessageCard",
  },
  {
    name: "a message for Slack (text or blocks)",
    keys: [
      ...["text", "blocks", "attachments", "channel", "username", "icon_emoji", "icon_url"],
      ...["mrkdwn", "link_names", "thread_ts"],
    ],
    remedy: sendSample,
    matches: ({ text, blocks, attachments }) =>
      typeof text === "string" || [blocks, attachments].some(isListOfObjects),
  },
  {
    name: "a message for Discord (content or embeds)",
    keys: ["content", "embeds", "username", "avatar_url", "tts"],
    remedy: sendSample,
    matches: ({ content, embeds }) => typeof content === "string" || isListOfObjects(embeds),
  },
];

/** What an object without a `msgtype` is instead of a message, as far as it is known. */
export function findForeignForm(body: JsonObject): FormRow | undefined {
  if (body.msgtype !== undefined && body.msgtype !== null && body.msgtype !== "") return undefined;
  return forms.find(({ matches }) => matches(body));
}

/** Whether an object that stands in a text is certainly no text which the group should read. */
export function isSurelyForeign(body: JsonObject): boolean {
  const form = findForeignForm(body);
  if (form === undefined) return false;
  return form.keys === undefined || Object.keys(body).every((key) => form.keys?.includes(key));
}

/** A content as another product names its text. */
export interface ForeignContent extends ForeignForm {
  /** The path of the field that DingTalk reads. */
  readonly field: string;
}

/** WeCom's Markdown, which has no title, and Feishu's text. */
export function findForeignContent(body: JsonObject): ForeignContent | undefined {
  const { content, text } = objectIn(body, "markdown");
  if (body.msgtype === "markdown" && typeof content === "string" && !text) {
    const remedy = 'write "markdown":{"title":"…","text":"…"}';
    return { field: "markdown.text", name: "a message for WeCom (markdown.content)", remedy };
  }
  const own = objectIn(body, "text");
  if (body.msgtype === "text" && typeof own.text === "string" && !own.content) {
    const remedy = 'write "text":{"content":"…"}';
    return { field: "text.content", name: "a message for Feishu (text.text)", remedy };
  }
  return undefined;
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}
