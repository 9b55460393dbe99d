import { isObject, type JsonObject } from "../../src/base/json.ts";
import { maxBodyBytes, maxMentions } from "../../src/dingtalk/limits.ts";
import type { LintCode, Mentions, NotPinged, Remark } from "../api/types.ts";
import { lintMarkdown, plainHttpImage } from "./markdown-lint.ts";
import { remark } from "./remark.ts";

type Lint = Remark<LintCode>;

const warningBytes = maxBodyBytes * 0.9;

/** Warns of what the group would not show as the sender meant it. */
export function lint(message: JsonObject, mentions: Mentions, bodyBytes: number): Lint[] {
  const msgtype = String(message.msgtype);
  const content = message[msgtype];
  return [
    ...lintMentions(msgtype, mentions.notPinged),
    ...(isObject(content) ? lintContent(msgtype, content) : []),
    ...lintSize(bodyBytes),
  ];
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

function lintContent(msgtype: string, content: JsonObject): Lint[] {
  const { title, text } = content;
  const hasMarkdown = msgtype === "markdown" || msgtype === "actionCard";
  return [
    ...(msgtype === "text" || msgtype === "feedCard" ? [] : lintTitle(`${msgtype}.title`, title)),
    ...(hasMarkdown && typeof text === "string" ? lintMarkdown(text) : []),
    ...pictures(content).filter(isPlainHttp).map(plainHttpImage),
  ];
}

/** Robots accept some messages without a readable title. */
function lintTitle(field: string, title: unknown): Lint[] {
  if (typeof title === "string" && title.trim() !== "") return [];
  const text = `${field} is missing, the list of conversations will show no preview`;
  return [remark("title-missing", text, { field })];
}

function pictures({ picUrl, links }: JsonObject): unknown[] {
  const ofLinks = Array.isArray(links) ? links.map((link) => isObject(link) && link.picURL) : [];
  return [picUrl, ...ofLinks];
}

function isPlainHttp(url: unknown): url is string {
  return typeof url === "string" && /^http:\/\//i.test(url);
}

function lintSize(bytes: number): Lint[] {
  if (bytes <= warningBytes) return [];
  const percent = Math.floor((bytes / maxBodyBytes) * 100);
  const text = `the body has ${bytes} bytes, ${percent} % of what DingTalk takes`;
  return [remark("nearly-too-long", text, { bytes, maxBytes: maxBodyBytes, percent })];
}
