import { maxMentions } from "./limits.ts";
import { findFences } from "./markdown-blocks.ts";
import { mergeAt, readMentions, readText } from "./mentions.ts";
import type { RobotMessage } from "./message.ts";

/** A message that waited, and since when, in milliseconds since 1970. */
export interface DigestEntry {
  readonly message: RobotMessage;
  readonly receivedAt: number;
}

/** One message for several. */
export interface Digest {
  readonly message: RobotMessage;
  /** How many entries, from the first on, the message carries; at least 1. */
  readonly count: number;
}

/** Whether a digest can carry the message: only text and markdown have a text to show. */
export function isDigestible(message: RobotMessage): boolean {
  return readText(message) !== undefined;
}

/**
 * One markdown message of at most `maxBytes` with as many entries as it has room for, in order,
 * each under its time; it pings everybody whom they ping, and no more people than DingTalk does.
 *
 * A first entry that no digest can carry is its own message, which may be larger. `msgUuid` and
 * other fields beside the content and `at` are those of single messages and left out.
 *
 * @param formatTime `HH:MM:SS` in the time zone of the process, unless given
 * @throws {RangeError} without entries
 */
export function composeDigest(
  entries: readonly DigestEntry[],
  maxBytes: number,
  formatTime: (ms: number) => string = formatLocalTime,
): Digest {
  const [first] = entries;
  if (first === undefined) throw new RangeError("a digest needs an entry");
  const sections = writeSections(entries, maxBytes, formatTime);
  for (let count = sections.length; count > 0; count--) {
    const message = compose(entries.slice(0, count), sections.slice(0, count));
    if (Buffer.byteLength(message.json) <= maxBytes) return { message, count };
  }
  return { message: first.message, count: 1 };
}

/** The texts of as many entries as DingTalk could ping for and as had room with nothing else. */
function writeSections(
  entries: readonly DigestEntry[],
  maxBytes: number,
  formatTime: (ms: number) => string,
): string[] {
  const sections: string[] = [];
  const people = new Set<string>();
  let bytes = 0;
  for (const { message, receivedAt } of entries) {
    const section = writeSection(message, formatTime(receivedAt));
    const { atMobiles, atUserIds } = readMentions(message);
    for (const id of [...atMobiles, ...atUserIds]) people.add(id);
    bytes += Buffer.byteLength(section ?? "");
    if (section === undefined || bytes > maxBytes) break;
    if (people.size > maxMentions && sections.length > 0) break;
    sections.push(section);
  }
  return sections;
}

/** DingTalk documents neither rules nor code blocks: bold times set the entries apart. */
function writeSection(message: RobotMessage, time: string): string | undefined {
  const text = readText(message);
  if (text === undefined) return undefined;
  if (message.body.msgtype === "text") return `**${time}**  \n${showAsWritten(text)}`;
  return `**${time}** ${showAsWritten(readTitle(message))}\n\n${closeLastFence(text)}`;
}

function compose(entries: readonly DigestEntry[], sections: readonly string[]): RobotMessage {
  const messages = entries.map(({ message }) => message);
  const counted = messages.length === 1 ? "1 message" : `${messages.length} messages`;
  const preview = messages.slice(0, 1).map(previewOf);
  const at = messages.reduce(addPings, {});
  const body = {
    msgtype: "markdown",
    markdown: { title: [counted, ...preview].join(": "), text: sections.join("\n\n") },
    ...(Object.keys(at).length > 0 && { at }),
  };
  return { body, json: JSON.stringify(body) };
}

type At = Readonly<Record<string, unknown>>;

function addPings(at: At, message: RobotMessage): At {
  const { atMobiles: _mobiles, atUserIds: _userIds, isAtAll: _all, ...others } = readAt(message);
  return mergeAt({ ...others, ...at }, readMentions(message));
}

function readAt({ body: { at } }: RobotMessage): At {
  return typeof at === "object" && at !== null && !Array.isArray(at) ? { ...at } : {};
}

/** What the conversation list shows: the title, or the first line of a text. */
function previewOf(message: RobotMessage): string {
  const title = readTitle(message) || (readText(message)?.trim().split("\n", 1)[0] ?? "");
  const characters = [...title.trim()];
  return characters.length <= 60 ? characters.join("") : `${characters.slice(0, 59).join("")}…`;
}

function readTitle({ body: { markdown } }: RobotMessage): string {
  const hasTitle = typeof markdown === "object" && markdown !== null && "title" in markdown;
  return hasTitle ? String(markdown.title) : "";
}

/** An open code block would swallow the entries that follow. */
function closeLastFence(text: string): string {
  const last = findFences(text).at(-1);
  if (last === undefined || last.isClosed) return text;
  return `${text}${text.endsWith("\n") ? "" : "\n"}${last.closing}`;
}

/** Plain text as markdown that shows it: nothing in it is marked up, and its lines stay lines. */
function showAsWritten(text: string): string {
  // Two spaces before the line end make DingTalk break the line.
  return text.split(/\r?\n/).map(escapeLine).join("  \n");
}

/**
 * Backslashes before what would be markup, and only there: that DingTalk knows backslashes is not
 * documented, and where it does not they should be few. Addresses and mentions stay as they are,
 * else they would not work.
 */
function escapeLine(line: string): string {
  return line
    .replace(
      /(https?:\/\/[\w.~:/?#@!$&'+,;=%-]+|@[\w.@+-]+)|\\(?=[!-/:-@[-`{-~])|[`<]|\*(?=\S)|(?<=\S)\*|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\](?=[[(:])|~(?=~)|&(?=#?\w+;)/g,
      (found, kept?: string) => kept ?? `\\${found}`,
    )
    .replace(/^(\s*)(?=[#>]|[-+*]\s|[-=]+\s*$)/, "$1\\")
    .replace(/^(\s*\d+)(?=[.)]\s)/, "$1\\")
    .replace(/^[ \t]+(?=\S)/, (indent) => "&nbsp;".repeat(indent.replaceAll("\t", "    ").length));
}

/** Made with the first digest, as it takes a while. */
let localTime: Intl.DateTimeFormat | undefined;

function formatLocalTime(ms: number): string {
  localTime ??= new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23" });
  return localTime.format(ms);
}
