import { isObject, type JsonObject, objectIn } from "../base/json.ts";
import { parseLenientJson } from "../base/lenient-json.ts";
import { eventForms } from "./foreign-events.ts";
import { type ForeignForm, type FormRow, sendSample } from "./foreign-form.ts";
import { isWecomType, messageForms } from "./foreign-messages.ts";
import { isMessageLike } from "./message-like.ts";

/** The first row that matches counts. No row matches a message of DingTalk's. */
const forms: readonly FormRow[] = [
  {
    name: "a CloudEvent",
    remedy: "send its data",
    matches: ({ specversion }) => typeof specversion === "string",
  },
  {
    name: "a call of the binding",
    remedy: "send its data",
    matches: ({ operation, data }) => typeof operation === "string" && data !== undefined,
  },
  ...eventForms,
  {
    name: "a message of DingTalk's OpenAPI (msgKey), which robots with a webhook do not read",
    remedy: sendSample,
    matches: ({ msgKey, msgParam }) => typeof msgKey === "string" && msgParam !== undefined,
  },
  {
    name: "an interactive card of DingTalk's OpenAPI, which robots with a webhook do not show",
    remedy: sendSample,
    matches: ({ cardTemplateId, outTrackId }) => (cardTemplateId ?? outTrackId) !== undefined,
  },
  {
    name: "an object around a message",
    remedy: "send what is inside",
    matches: (body) =>
      Object.values(body)
        .slice(0, 100)
        .some((value) => isObject(value) && typeof value.msgtype === "string"),
  },
  ...messageForms,
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

/** What the first object of a list is that is no text for a group: a message or a foreign form. */
export function findFormInList(list: readonly unknown[]): ForeignForm | undefined {
  const objects = list.slice(0, 100).filter(isObject);
  const foreign = objects.find(isSurelyForeign);
  if (foreign !== undefined) return findForeignForm(foreign);
  if (!objects.some(isMessageLike)) return undefined;
  return { name: "a message", remedy: "send each message in a call of its own" };
}

/**
 * What a text is that is no JSON, but begins with an object: as Python prints one, or one object in
 * each line. Words of Python inside a string do no harm: the object is not sent.
 */
export function findFormInBroken(text: string): ForeignForm | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  const [line = ""] = text.trim().split("\n", 1);
  return [text, line].map(readPython).flatMap((value) => findForm(value) ?? [])[0];
}

function readPython(text: string): unknown {
  const words: Readonly<Record<string, string>> = { None: "null", True: "true", False: "false" };
  return parseLenientJson(text.replace(/\b(?:None|True|False)\b/g, (word) => words[word] ?? word));
}

function findForm(value: unknown): ForeignForm | undefined {
  if (Array.isArray(value)) return findFormInList(value);
  return isObject(value) && isSurelyForeign(value) ? findForeignForm(value) : undefined;
}

/** A content as another product names its text. */
export interface ForeignContent extends ForeignForm {
  /** The path of the field that DingTalk reads. */
  readonly field: string;
}

/** WeCom's types and its Markdown, which has no title, and Feishu's text. */
export function findForeignContent(body: JsonObject): ForeignContent | undefined {
  if (isWecomType(body)) {
    return { field: "msgtype", name: `a message for WeCom (${body.msgtype})`, remedy: sendSample };
  }
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
