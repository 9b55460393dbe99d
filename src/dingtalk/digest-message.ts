import { isObject, type JsonObject } from "../base/json.ts";
import { mergeAt } from "./add-mentions.ts";
import { closeLastFence } from "./close-fence.ts";
import { maxMentions } from "./limits.ts";
import { readMentions } from "./mentions.ts";
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
 * @param formatTime writes milliseconds since 1970. Default: `HH:MM:SS` in the zone of the process
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

/** The texts of the entries, until they ping too many people or alone exceed `maxBytes`. */
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

/** A bold time sets the entries apart, since DingTalk documents neither rules nor code blocks. */
function writeSection(message: RobotMessage, time: string): string | undefined {
  const text = readText(message);
  if (text === undefined) return undefined;
  if (!isMarkdown(message)) return `**${time}**  \n${showAsWritten(text)}`;
  return `**${time}** ${showAsWritten(readTitle(message))}\n\n${closeLastFence(text)}`;
}

function compose(entries: readonly DigestEntry[], sections: readonly string[]): RobotMessage {
  const messages = entries.map(({ message }) => message);
  const counted = messages.length === 1 ? "1 message" : `${messages.length} messages`;
  const preview = messages.slice(0, 1).map(previewOf);
  const at = messages.reduce(addPings, {});
  const body: TypedBody = {
    msgtype: "markdown",
    markdown: { title: [counted, ...preview].join(": "), text: sections.join("\n\n") },
    ...(Object.keys(at).length > 0 && { at }),
  };
  return createMessage(body);
}

function addPings(at: JsonObject, message: RobotMessage): JsonObject {
  const { atMobiles: _mobiles, atUserIds: _userIds, isAtAll: _all, ...others } = readAt(message);
  return mergeAt({ ...others, ...at }, readMentions(message));
}

function readAt({ body: { at } }: RobotMessage): JsonObject {
  return isObject(at) ? at : {};
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
  return text.split(/\r?\n/).map(escapeLine).join("  \n");
}

/**
 * Puts backslashes before markup, and only there: DingTalk does not document backslashes, so a
 * reader may see them. Addresses and mentions stay as written, since a backslash would break them.
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

/** Created with the first digest: creating it costs time that a start without digests saves. */
let localTime: Intl.DateTimeFormat | undefined;

function formatLocalTime(ms: number): string {
  localTime ??= new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23" });
  return localTime.format(ms);
}
