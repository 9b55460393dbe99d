import { isObject, type JsonObject } from "../base/json.ts";

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
    matches: ({ alerts, orgId, ruleName, evalMatches }) =>
      (Array.isArray(alerts) && orgId !== undefined) ||
      (typeof ruleName === "string" && evalMatches !== undefined),
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

/** Whether a message is WeCom's, which names Markdown `content` and has no title. */
export function isWeComMarkdown({ msgtype, markdown }: JsonObject): boolean {
  return (
    msgtype === "markdown" &&
    isObject(markdown) &&
    typeof markdown.content === "string" &&
    !markdown.text
  );
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}
