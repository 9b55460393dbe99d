import { isObject, type JsonObject } from "../base/json.ts";
import { addKeyword } from "./add-keyword.ts";
import { inlineReferences } from "./inline-references.ts";
import { dingtalkZone, maxMentions } from "./limits.ts";
import { jsonBytes } from "./markdown-blocks.ts";
import { closeMarkdown } from "./markdown-spans.ts";
import { idsIn, listsOfPeople, readMentions, readPeople } from "./mentions.ts";
import { createMessage, isMarkdown, type RobotMessage, readText, readTitle } from "./message.ts";
import type { TypedBody } from "./messages/index.ts";

/** A message that waits for a digest. */
export interface DigestEntry {
  readonly message: RobotMessage;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** One message in place of several. */
export interface Digest {
  readonly message: RobotMessage;
  /** How many entries, from the first on, the message carries; at least 1. */
  readonly count: number;
}

/** How digests look. */
export interface DigestStyle {
  /** The zone of the times: a name that `Intl` knows. Default: that of DingTalk's own calendar. */
  readonly timeZone?: string | undefined;
  /** Stands in the title and the text of every digest. */
  readonly keyword?: string | undefined;
}

/** How a digest is composed. */
export interface DigestOptions extends DigestStyle {
  /** The bytes of JSON that a digest may have. */
  readonly maxBytes: number;
}

/** Whether a digest can carry the message: text and markdown only, which show a text alone. */
export function isDigestible(message: RobotMessage): boolean {
  return readText(message) !== undefined;
}

/**
 * Composes one markdown message of at most `maxBytes` bytes of JSON. The message holds as many
 * entries as there is room for, in order, each under its time, and pings everybody whom these
 * entries ping. Entries that would make it ping more people than DingTalk does are left out.
 *
 * A first entry that no digest can carry comes back as its own message, which may be larger than
 * `maxBytes`. A digest has no `msgUuid` and no other field of its entries beside content and `at`.
 *
 * @throws {RangeError} without entries
 */
export function composeDigest(entries: readonly DigestEntry[], options: DigestOptions): Digest {
  const [first] = entries;
  if (first === undefined) throw new RangeError("a digest needs an entry");
  const sections = writeSections(entries, options);
  const composeFirst = (count: number): RobotMessage =>
    compose(entries.slice(0, count), sections.slice(0, count), options.keyword);
  const bytesOf = (count: number): number => Buffer.byteLength(composeFirst(count).json);
  const count = chooseCount(sections, { maxBytes: options.maxBytes, bytesOf });
  if (count === 0) return { message: first.message, count: 1 };
  return { message: composeFirst(count), count };
}

/**
 * The most entries that fit, 0 if not even the first one does. The search begins where the bytes of
 * the texts lead, since composing each of 700 entries a dozen times takes 30 ms.
 */
function chooseCount(
  sections: readonly string[],
  { maxBytes, bytesOf }: { readonly maxBytes: number; readonly bytesOf: (count: number) => number },
): number {
  let [count, tooMany] = [0, sections.length + 1];
  let bytes = sections.length === 0 ? 0 : bytesOf(1);
  let probe = 1;
  for (const section of sections.slice(1)) {
    bytes += jsonBytes(`\n\n${section}`);
    if (bytes > maxBytes) break;
    probe += 1;
  }
  for (let step = 1; tooMany - count > 1; step *= 2) {
    if (bytesOf(probe) <= maxBytes) count = probe;
    else tooMany = probe;
    probe =
      count === probe ? Math.min(count + step, tooMany - 1) : Math.max(probe - step, count + 1);
  }
  return count;
}

/** The most bytes that a digest has beside its entries: title, names of fields, preview. */
const frameBytes = 600;

/**
 * How much of a digest a message takes at most, from 0 to 1: of its bytes or of the people whom it
 * pings. Messages that take 1 together fit into one digest.
 */
export function digestShare(
  message: RobotMessage,
  { maxBytes, keyword = "" }: DigestOptions,
): number {
  const people = readPeople(message);
  const section = writeSection(message, "00:00:00") ?? "";
  const atBytes = people.reduce((sum, id) => sum + jsonBytes(id) + 3, 0);
  // Two line breaks, of two bytes each, set the entries apart.
  const bytes = jsonBytes(section) + 4 + atBytes;
  const room = maxBytes - frameBytes - 2 * jsonBytes(keyword);
  return Math.min(Math.max(bytes / Math.max(room, 1), people.length / maxMentions), 1);
}

/** The texts of the entries, until they ping too many people or alone exceed `maxBytes`. */
function writeSections(
  entries: readonly DigestEntry[],
  { maxBytes, timeZone }: DigestOptions,
): string[] {
  const formatTime = timeFormatOf(timeZone ?? dingtalkZone);
  const sections: string[] = [];
  const people = new Set<string>();
  let bytes = 0;
  for (const { message, receivedAt } of entries) {
    const section = writeSection(message, formatTime(receivedAt));
    for (const id of readPeople(message)) people.add(id);
    bytes += Buffer.byteLength(section ?? "");
    if (section === undefined || bytes > maxBytes) break;
    if (people.size > maxMentions && sections.length > 0) break;
    sections.push(section);
  }
  return sections;
}

/** A bold time sets the entries apart, since DingTalk documents neither rules nor code blocks. */
function writeSection(message: RobotMessage, time: string): string | undefined {
  const text = readText(message);
  if (text === undefined) return undefined;
  if (!isMarkdown(message)) return `**${time}**  \n${showAsWritten(text)}`;
  const alone = closeMarkdown(inlineReferences(text));
  return `**${time}** ${showAsWritten(readTitle(message))}\n\n${alone}`;
}

function compose(
  entries: readonly DigestEntry[],
  sections: readonly string[],
  keyword: string | undefined,
): RobotMessage {
  const messages = entries.map(({ message }) => message);
  const counted = messages.length === 1 ? "1 message" : `${messages.length} messages`;
  const preview = messages.slice(0, 1).map(previewOf);
  const at = mergePings(messages);
  const body: TypedBody = {
    msgtype: "markdown",
    markdown: { title: [counted, ...preview].join(": "), text: sections.join("\n\n") },
    ...(Object.keys(at).length > 0 && { at }),
  };
  return addKeyword(createMessage(body), keyword);
}

/** Everybody whom the messages ping. Of other fields in `at`, the first value counts. */
function mergePings(messages: readonly RobotMessage[]): JsonObject {
  const ats = messages.map(({ body: { at } }) => (isObject(at) ? at : {}));
  const { isAtAll: _all, ...others }: JsonObject = Object.assign({}, ...ats.toReversed());
  const lists = listsOfPeople
    .map((name) => [name, [...new Set(ats.flatMap((at) => idsIn(at[name])))]] as const)
    .filter(([, ids]) => ids.length > 0);
  const isAtAll = messages.some((message) => readMentions(message).isAtAll);
  return { ...others, ...Object.fromEntries(lists), ...(isAtAll && { isAtAll }) };
}

/** The digest's text in the list of conversations: the title, or the first line of a text. */
function previewOf(message: RobotMessage): string {
  const title = readTitle(message) || (readText(message)?.trim().split("\n", 1)[0] ?? "");
  const characters = [...title.trim()];
  return characters.length <= 60 ? characters.join("") : `${characters.slice(0, 59).join("")}…`;
}

/** Markdown that shows a plain text as written: without markup, and with all its line breaks. */
function showAsWritten(text: string): string {
  // Two spaces before the line end make DingTalk break the line.
  return text
    .split(/\r\n?|\n/)
    .map(escapeLine)
    .join("  \n");
}

const entities: Readonly<Record<string, string>> = { "<": "&lt;", "&": "&amp;" };

/**
 * Puts entities in place of `<` and `&`, and backslashes before other markup, and only there.
 * DingTalk documents `&nbsp;`, so it reads entities; it does not document backslashes, so a reader
 * may see them. Addresses of any scheme and mentions stay as written, since neither would be what it
 * was. The line under the head of a table gets a backslash, so that no table is drawn.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
function escapeLine(line: string): string {
  return line
    .replace(
      /((?:[a-z][a-z0-9+.-]{1,15}:\/\/|www\.)[!#-;=?-[\]^_a-z{|}~]+|@[\w.@+-]+)|\\(?=[!-/:-@[-`{-~])|[`<&]|\*(?=\S)|(?<=\S)\*|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\](?=[[(:])|~(?=~)/gi,
      (found, kept?: string) => kept ?? entities[found] ?? `\\${found}`,
    )
    .replace(/^(\s*)(?=[#>]|[-+*](?:\s|$)|[-=]+\s*$|(?=[-:|])(?=[\s:|]*-)[-\s:|]*$)/, "$1\\")
    .replace(/^(\s*\d+)(?=[.)](?:\s|$))/, "$1\\")
    .replace(/(?<=\S)(?:[ \t]{2,}|\t)(?=\S)/g, (blanks) => `${hardBlanks(blanks.slice(1))} `)
    .replace(/^[ \t]+(?=\S)/, hardBlanks);
}

/** Markdown draws a run of blanks as one. */
function hardBlanks(blanks: string): string {
  return "&nbsp;".repeat(blanks.replaceAll("\t", "    ").length);
}

/** By zone. Creating a format costs time that a start without digests saves. */
const timeFormats = new Map<string, Intl.DateTimeFormat>();

function timeFormatOf(timeZone: string): (ms: number) => string {
  const format =
    timeFormats.get(timeZone) ??
    new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23", timeZone });
  timeFormats.set(timeZone, format);
  let last = { second: Number.NaN, text: "" };
  // Most messages of a digest come in the same seconds.
  return (ms) => {
    const second = Math.floor(ms / 1000);
    if (second !== last.second) last = { second, text: format.format(ms) };
    return last.text;
  };
}
