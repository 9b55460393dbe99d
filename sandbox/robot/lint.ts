import { type JsonObject, objectsIn, textIn } from "../../src/base/json.ts";
import { maxBodyBytes, maxMentions } from "../../src/dingtalk/limits.ts";
import {
  type FieldFault,
  findIgnoredField,
  findWrongType,
} from "../../src/dingtalk/message-faults.ts";
import { findContent } from "../../src/dingtalk/messages/index.ts";
import type { Fields, MessageType } from "../../src/dingtalk/messages/message-type.ts";
import type { LintCode, Mentions, NotPinged, Remark } from "../api/types.ts";
import { lintMarkdown, plainHttpImage } from "./markdown-lint.ts";
import { remark } from "./remark.ts";

type Lint = Remark<LintCode>;

const warningBytes = maxBodyBytes * 0.9;

/** Warns of what the group would not show as the sender meant it. */
export function lint(message: JsonObject, mentions: Mentions, bodyBytes: number): Lint[] {
  const found = findContent(message);
  return [
    ...lintFields(message),
    ...lintMentions(String(message.msgtype), mentions.notPinged),
    ...(found === undefined ? [] : lintContent(found.type, found.content)),
    ...lintSize(bodyBytes),
  ];
}

/** Warns of a field that a robot ignores or cannot read. The component refuses such a message. */
function lintFields(message: JsonObject): Lint[] {
  return [findWrongType(message), findIgnoredField(message)].flatMap((fault) =>
    fault === undefined ? [] : (describeFault(fault) ?? []),
  );
}

function describeFault(fault: FieldFault): Lint | undefined {
  const { field } = fault;
  switch (fault.kind) {
    case "type": {
      const { found, wanted } = fault;
      const text = `${field} is ${found}, DingTalk reads ${wanted} there`;
      return remark("field-wrong-type", text, { field, found, wanted });
    }
    case "spelling": {
      const { spelledAs } = fault;
      const text = `DingTalk ignores ${spelledAs}, it reads ${field}`;
      return remark("field-ignored", text, { field, spelledAs });
    }
    case "place": {
      const { wanted } = fault;
      const text = `DingTalk ignores ${field} at this place, it belongs into ${wanted}`;
      return remark("field-misplaced", text, { field, wanted });
    }
    // A message with an unknown msgtype is refused.
    case "value":
      return undefined;
  }
}

function lintMentions(msgtype: string, notPinged: readonly NotPinged[]): Lint[] {
  if (notPinged.some(({ reason }) => reason === "unsupported-msgtype")) {
    const text = `a message of type ${msgtype} pings nobody`;
    return [remark("mention-unsupported", text, { msgtype })];
  }
  const absent = notPinged
    .filter(({ reason }) => reason === "not-in-text")
    .map(({ value }) => `@${value}`)
    .map((mention) =>
      remark("mention-not-in-text", `${mention} is in at but not in the text`, { mention }),
    );
  const count = notPinged.length - absent.length;
  if (count === 0) return absent;
  const text = `${count} people beyond the first ${maxMentions} are not pinged`;
  return [...absent, remark("mentions-over-limit", text, { count, max: maxMentions })];
}

function lintContent(type: MessageType, content: JsonObject): Lint[] {
  const { msgtype, titleField, mentionText, fields } = type;
  return [
    ...(titleField === undefined ? [] : lintTitle(`${msgtype}.${titleField}`, content[titleField])),
    ...(mentionText?.isMarkdown === true ? lintMarkdown(textIn(content, mentionText.field)) : []),
    ...picturesIn(content, fields).filter(isPlainHttp).map(plainHttpImage),
  ];
}

/** Robots accept some messages without a readable title. */
function lintTitle(field: string, title: unknown): Lint[] {
  if (typeof title === "string" && title.trim() !== "") return [];
  const text = `${field} is missing, the list of conversations will show no preview`;
  return [remark("title-missing", text, { field })];
}

function picturesIn(holder: JsonObject, fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (!("elements" in field)) return field.isPicture === true ? [textIn(holder, name)] : [];
    return objectsIn(holder, name).flatMap((element) => picturesIn(element, field.elements));
  });
}

function isPlainHttp(url: string): boolean {
  return /^http:\/\//i.test(url);
}

function lintSize(bytes: number): Lint[] {
  if (bytes <= warningBytes) return [];
  const percent = Math.floor((bytes / maxBodyBytes) * 100);
  const text = `the body has ${bytes} bytes, ${percent} % of what DingTalk takes`;
  return [remark("nearly-too-long", text, { bytes, maxBytes: maxBodyBytes, percent })];
}
