import { isObject, type JsonObject } from "../base/json.ts";
import { InvalidMessageError } from "./errors.ts";
import { jsonBytes, type TextRange } from "./markdown-blocks.ts";
import { listsOfPeople, readPeople } from "./mentions.ts";
import {
  createMessage,
  isMarkdown,
  type RobotMessage,
  readText,
  readTitle,
  replaceText,
} from "./message.ts";
import { createPingScale, findPings, type Ping } from "./ping-positions.ts";
import { findUnits, type Units } from "./split-units.ts";
import type { Wrap } from "./split-wraps.ts";
import type { Steps } from "./steps.ts";
import { createTextScale } from "./text-scale.ts";

/** A run of the text for one part. The texts of all pieces, joined, are the whole text. */
export interface Piece {
  readonly text: string;
  /** The offset of `text` in the whole text. */
  readonly start: number;
  /** The text of the part: what a cut has left open is opened and closed again. */
  readonly shown: string;
}

/** One part's share of the message. */
interface Share {
  readonly index: string;
  readonly count: string;
  readonly text: string;
  readonly keyword: string | undefined;
  readonly isFirst: boolean;
  /** Whether this part pings the person. */
  readonly pings: (id: string) => boolean;
}

/** How a message is split. */
export interface SplitOptions {
  /** The bytes of JSON that a part may have. */
  readonly maxBytes: number;
  /** Stands in the text of every part. Without it, parts are what the cut makes them. */
  readonly keyword?: string | undefined;
}

/**
 * Cuts a text or markdown message into numbered parts of at most `maxBytes` bytes of JSON. A
 * message that is not longer, and a message of another type, comes back alone and unchanged.
 *
 * A part ends at the end of a paragraph, else of a line, if possible before a line that is not
 * indented. A line that is larger than a part is cut at blanks, a word that is larger than a part
 * between two characters. Each part is at least half full, because each part costs one message of
 * the robot's budget. Code blocks, links, images and mentions stay whole if they fit into a part.
 *
 * A larger code block is closed and opened again. In Markdown, so are larger links and what is
 * bold, italic, code or coloured. A part that begins inside a table begins with the table's head,
 * and one that begins with an indented item begins with the items to which it belongs.
 *
 * The first part that mentions a person pings that person; the first part pings all. Parts have no
 * `msgUuid`: delivery gives each of them its own, since DingTalk would drop the others as repeats.
 * The title, which each part repeats, is expected to hold the keyword already.
 *
 * @throws {InvalidMessageError} when the fields beside the text leave no room for text
 */
export function* splitMessage(message: RobotMessage, options: SplitOptions): Steps<RobotMessage[]> {
  const pieces = yield* cutIntoPieces(message, options);
  if (pieces.length === 0) return [message];
  const pings = yield* pingsOf(message);
  const positions = new Map(pings.map(({ id, position }) => [id, position]));
  const parts: RobotMessage[] = [];
  for (const [index, { text, start, shown }] of pieces.entries()) {
    yield;
    const part = createPart(message, {
      index: `${index + 1}`,
      count: `${pieces.length}`,
      text: shown,
      keyword: options.keyword,
      isFirst: index === 0,
      pings: (id) => isWithin(positions.get(id) ?? 0, { start, end: start + text.length }),
    });
    parts.push(part);
  }
  return parts;
}

/**
 * Cuts the text as {@link splitMessage} does; no pieces for a message that stays whole.
 *
 * @throws {InvalidMessageError} as `splitMessage`
 */
export function* cutIntoPieces(
  message: RobotMessage,
  { maxBytes, keyword }: SplitOptions,
): Steps<Piece[]> {
  const text = readText(message);
  if (text === undefined || fits(message, maxBytes)) return [];
  const pings = yield* pingsOf(message);
  const weighText = yield* createTextScale(text);
  // Each person adds the id, two quotes and a comma to `at`.
  const weighPings = createPingScale(pings, (id) => jsonBytes(id) + 3);
  const weigh = (range: TextRange): number => weighText(range) + weighPings(range);
  const names = pings
    .filter(({ id, position }) => text.startsWith(`@${id}`, position))
    .map(({ id, position }) => ({ start: position, end: position + 1 + id.length }));
  // The width of the numbers depends on the count, and the count on the room beside the numbers.
  const atLeast = Math.ceil(weighText({ start: 0, end: text.length }) / maxBytes);
  for (let digits = `${atLeast}`.length; ; digits++) {
    const room = maxBytes - measureFrame(message, { number: "9".repeat(digits), keyword });
    const how = { room, isMarkdown: isMarkdown(message), weigh, names };
    const pieces = yield* packUnits(text, yield* findUnits(text, how), room);
    if (`${pieces.length}`.length <= digits) return pieces;
  }
}

function fits({ body, json }: RobotMessage, maxBytes: number): boolean {
  const compact = JSON.stringify(body);
  return Math.min(Buffer.byteLength(json), Buffer.byteLength(compact)) <= maxBytes;
}

/** The bytes of the largest part without its text and its people. */
function measureFrame(
  message: RobotMessage,
  { number, keyword }: { readonly number: string; readonly keyword: string | undefined },
): number {
  const numbered = { index: number, count: number, keyword };
  const share = { ...numbered, text: "", pings: () => false, isFirst: true };
  const first = createPart(message, share);
  // Parts after the first have no more fields in `at` than these.
  const empty = Object.fromEntries(listsOfPeople.map((name) => [name, []]));
  const lists = message.body.at === undefined ? {} : { at: empty };
  const other = createPart(createMessage({ ...message.body, ...lists }), share);
  return Math.max(Buffer.byteLength(first.json), Buffer.byteLength(other.json));
}

function pingsOf(message: RobotMessage): Steps<Ping[]> {
  return findPings(readText(message) ?? "", readPeople(message));
}

function* packUnits(text: string, all: Units, room: number): Steps<Piece[]> {
  const pieces: Piece[] = [];
  const { units } = all;
  for (let from = 0; from < units.length; ) {
    yield;
    const to = chooseEnd(all, from, room);
    const [first, last] = [units[from], units[to]];
    if (first === undefined || last === undefined) throw cannotSplit();
    const cut = text.slice(first.start, last.end);
    const shown = show(cut, { opening: all.before(first).text, closing: all.after(last) });
    pieces.push({ text: cut, start: first.start, shown });
    from = to + 1;
  }
  return pieces;
}

/** DingTalk reads no closing mark that has a blank before it. */
function show(
  cut: string,
  { opening, closing }: { readonly opening: string; readonly closing: Wrap["closing"] },
): string {
  const end = closing.isInline && closing.text !== "" ? cut.trimEnd().length : cut.length;
  return opening + cut.slice(0, end) + closing.text + cut.slice(end);
}

/** The index of the last unit of a part; -1 if not even the first unit fits. */
function chooseEnd({ units, before, after }: Units, from: number, room: number): number {
  let best = { index: -1, rank: -1 };
  const first = units[from];
  let bytes = first === undefined ? 0 : before(first).bytes;
  for (let index = from; index < units.length; index++) {
    const unit = units[index];
    bytes += unit?.bytes ?? 0;
    if (unit === undefined || bytes > room) break;
    if (index === units.length - 1) return index;
    const rank = bytes * 2 < room ? 0 : unit.rank;
    // What a cut leaves open needs room for its closing.
    if (rank >= best.rank && bytes + after(unit).bytes <= room) best = { index, rank };
  }
  return best.index;
}

function createPart(whole: RobotMessage, share: Share): RobotMessage {
  const number = `(${share.index}/${share.count})`;
  const { keyword = "" } = share;
  const head = share.text.includes(keyword) ? number : `${number} ${keyword}`;
  const { at, ...rest }: JsonObject = replaceText(whole, {
    text: head + (isMarkdown(whole) ? "\n\n" : "\n") + share.text,
    title: `${readTitle(whole)} ${number}`,
  });
  const sharedAt = shareAt(at, share);
  const { msgUuid: _whole, ...fields } = rest;
  return createMessage({ ...fields, ...(sharedAt !== undefined && { at: sharedAt }) });
}

function shareAt(at: unknown, { isFirst, pings }: Share): unknown {
  if (!isObject(at)) return isFirst ? at : undefined;
  const lists = Object.entries(at)
    .filter(([name]) => listsOfPeople.some((list) => list === name))
    .map(([name, ids]) => [name, Array.isArray(ids) ? ids.filter((id) => pings(`${id}`)) : ids]);
  if (isFirst) return { ...at, ...Object.fromEntries(lists) };
  const named = lists.filter(([, ids]) => Array.isArray(ids) && ids.length > 0);
  return named.length === 0 ? undefined : Object.fromEntries(named);
}

function isWithin(position: number, { start, end }: TextRange): boolean {
  return start <= position && position < end;
}

function cannotSplit(): InvalidMessageError {
  return new InvalidMessageError(
    "",
    "the message is too large and cannot be cut into parts",
    "shorten its title, its mentions or its longest word",
  );
}
