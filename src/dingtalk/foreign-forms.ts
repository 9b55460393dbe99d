import { isObject, type JsonObject, objectIn } from "../base/json.ts";

/** What another program than a DingTalk robot would read. */
export interface ForeignForm {
  /** Completes "this is …". */
  readonly name: string;
  /** What to do, one clause, lower case, no full stop. */
  readonly remedy: string;
  /** Whether nobody means such an object for text that the group should read. */
  readonly isCertain?: true;
}

const textSample = '{"msgtype":"text","text":{"content":"…"}}';
const sendSample = `send ${textSample}`;

/** The first row that matches counts. No row matches a message of DingTalk's. */
const forms: readonly (ForeignForm & { readonly matches: (body: JsonObject) => boolean })[] = [
  {
    name: "a CloudEvent",
    isCertain: true,
    remedy: "send its data",
    matches: ({ specversion }) => typeof specversion === "string",
  },
  {
    name: "a Grafana notification",
    isCertain: true,
    remedy: `write a message of its alerts: ${sendSample}`,
    matches: ({ alerts, orgId, ruleName, ruleId, state }) =>
      (Array.isArray(alerts) && orgId !== undefined) ||
      ((ruleName ?? ruleId) !== undefined && typeof state === "string"),
  },
  {
    name: "an Alertmanager notification",
    isCertain: true,
    remedy: `write a message of its alerts: ${sendSample}`,
    matches: ({ alerts, ...others }) =>
      Array.isArray(alerts) && ["groupKey", "receiver", "status"].some((key) => key in others),
  },
  {
    name: "a call of the binding",
    isCertain: true,
    remedy: "send its data",
    matches: ({ operation, data }) => typeof operation === "string" && data !== undefined,
  },
  {
    name: "a message of DingTalk's OpenAPI (msgKey), which robots with a webhook do not read",
    isCertain: true,
    remedy: sendSample,
    matches: ({ msgKey, msgParam }) => typeof msgKey === "string" && msgParam !== undefined,
  },
  {
    name: "an object around a message",
    isCertain: true,
    remedy: "send what is inside",
    matches: (body) =>
      Object.values(body)
        .slice(0, 100)
        .some((value) => isObject(value) && typeof value.msgtype === "string"),
  },
  {
    name: "a message for Feishu (msg_type)",
    isCertain: true,
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
    remedy: sendSample,
    matches: ({ text, blocks, attachments }) =>
      typeof text === "string" || [blocks, attachments].some(isListOfObjects),
  },
  {
    name: "a message for Discord (content or embeds)",
    remedy: sendSample,
    matches: ({ content, embeds }) => typeof content === "string" || isListOfObjects(embeds),
  },
];

/** What an object without a `msgtype` is instead of a message, as far as it is known. */
export function findForeignForm(body: JsonObject): ForeignForm | undefined {
  if (body.msgtype !== undefined && body.msgtype !== null && body.msgtype !== "") return undefined;
  return forms.find(({ matches }) => matches(body));
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
