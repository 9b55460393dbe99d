import { InvalidMessageError } from "./errors.ts";
import { findUnits, jsonBytes, type TextRange, type Unit } from "./markdown-blocks.ts";
import { findMention, readMentions, readText, replaceText } from "./mentions.ts";
import type { RobotMessage } from "./message.ts";

/** What one part shows of the text. The texts of all pieces, joined, are the text. */
export interface Piece {
  readonly text: string;
  /** Where this begins in the whole text. */
  readonly start: number;
  /** The first line of a code block that goes on from the piece before; else empty. */
  readonly opening: string;
  /** The last line of a code block that goes on in the next piece; else empty. */
  readonly closing: string;
}

/** A person whom the message pings, and where. */
interface Ping {
  readonly id: string;
  /** 0 for a person whom the text does not name. */
  readonly position: number;
}

/** What makes one part of the message. */
interface Share {
  readonly index: string;
  readonly count: string;
  readonly text: string;
  readonly isFirst: boolean;
  readonly pings: (id: string) => boolean;
}

/**
 * The text or markdown message in numbered parts of at most `maxBytes`; a message of that size or
 * of another msgtype comes back alone.
 *
 * Parts end at a paragraph's end, else at a line's, else, only in a line larger than a part,
 * between two characters; a part is filled at least by half, as each costs one message of the
 * robot's budget. Code blocks, links, images and mentions stay whole. Of those that are larger than
 * a part, a code block is cut between its lines, closed and opened again, and a link like any text.
 *
 * Each person is pinged by the first part that names them, all by the first part. A `msgUuid` gets
 * the part's number, since DingTalk would drop all but one of the parts as repeats.
 *
 * @throws {InvalidMessageError} when it cannot be done: what is not text fills a part already
 */
export function splitMessage(message: RobotMessage, maxBytes: number): RobotMessage[] {
  const pieces = cutIntoPieces(message, maxBytes);
  if (pieces.length === 0) return [message];
  const positions = new Map(findPings(message).map(({ id, position }) => [id, position]));
  return pieces.map(({ text, start, opening, closing }, index) =>
    createPart(message.body, {
      index: `${index + 1}`,
      count: `${pieces.length}`,
      text: opening + text + closing,
      isFirst: index === 0,
      pings: (id) => isWithin(positions.get(id) ?? 0, { start, end: start + text.length }),
    }),
  );
}

/**
 * The pieces that {@link splitMessage} makes its parts of; none when the message stays whole.
 *
 * @throws {InvalidMessageError} as `splitMessage`
 */
export function cutIntoPieces(message: RobotMessage, maxBytes: number): Piece[] {
  const text = readText(message);
  if (text === undefined || fits(message, maxBytes)) return [];
  const pings = findPings(message);
  // How wide the numbers are depends on the count, and the count on what they leave of a part.
  const atLeast = Math.ceil(jsonBytes(text) / maxBytes);
  for (let digits = `${atLeast}`.length; ; digits++) {
    const room = maxBytes - measureFrame(message.body, "9".repeat(digits));
    const pieces = packUnits(text, weighUnits(text, pings, room), room);
    if (`${pieces.length}`.length <= digits) return pieces;
  }
}

function fits({ body, json }: RobotMessage, maxBytes: number): boolean {
  const compact = JSON.stringify(body);
  return Math.min(Buffer.byteLength(json), Buffer.byteLength(compact)) <= maxBytes;
}

/** The bytes of a part without text and people. */
function measureFrame(body: RobotMessage["body"], number: string): number {
  const share = { index: number, count: number, text: "", pings: () => false };
  const first = createPart(body, { ...share, isFirst: true });
  // Parts after the first hold at most these of `at`.
  const lists = body.at === undefined ? {} : { at: { atMobiles: [], atUserIds: [] } };
  const other = createPart({ ...body, ...lists }, { ...share, isFirst: true });
  return Math.max(Buffer.byteLength(first.json), Buffer.byteLength(other.json));
}

function findPings(message: RobotMessage): Ping[] {
  const text = readText(message) ?? "";
  const { atMobiles, atUserIds } = readMentions(message);
  return [...atMobiles, ...atUserIds].map((id) => {
    const own = findMention(text, id);
    return { id, position: own === -1 ? Math.max(0, text.indexOf(`@${id}`)) : own };
  });
}

function weighUnits(text: string, pings: readonly Ping[], room: number): Unit[] {
  return findUnits(text, {
    room,
    // A person costs the id, two quotes and a comma in `at`.
    weigh: (range) =>
      pings
        .filter(({ position }) => isWithin(position, range))
        .reduce((bytes, { id }) => bytes + jsonBytes(id) + 3, jsonBytes(sliceOf(text, range))),
    names: pings
      .filter(({ id, position }) => text.startsWith(`@${id}`, position))
      .map(({ id, position }) => ({ start: position, end: position + 1 + id.length })),
  });
}

function packUnits(text: string, units: readonly Unit[], room: number): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < units.length; ) {
    const to = chooseEnd(units, from, room);
    const [first, last] = [units[from], units[to]];
    if (first === undefined || last === undefined) throw cannotSplit();
    pieces.push({
      text: text.slice(first.start, last.end),
      start: first.start,
      opening: first.opening,
      closing: last.closing,
    });
    from = to + 1;
  }
  return pieces;
}

/** The unit after which to cut; -1 if not even one fits. */
function chooseEnd(units: readonly Unit[], from: number, room: number): number {
  let best = { index: -1, rank: -1 };
  let bytes = jsonBytes(units[from]?.opening ?? "");
  for (let index = from; index < units.length; index++) {
    const unit = units[index];
    bytes += unit?.bytes ?? 0;
    if (unit === undefined || bytes > room) break;
    if (index === units.length - 1) return index;
    const rank = bytes * 2 < room ? 0 : unit.rank;
    // Inside a code block there must be room for its end as well.
    if (bytes + jsonBytes(unit.closing) <= room && rank >= best.rank) best = { index, rank };
  }
  return best.index;
}

function createPart(whole: RobotMessage["body"], share: Share): RobotMessage {
  const number = `(${share.index}/${share.count})`;
  const isMarkdown = whole.msgtype === "markdown";
  const { at, ...rest } = replaceText(whole, number + (isMarkdown ? "\n\n" : "\n") + share.text);
  const sharedAt = shareAt(at, share);
  const body = {
    ...rest,
    ...(isMarkdown && { markdown: numberTitle(rest.markdown, number) }),
    ...(typeof rest.msgUuid === "string" && { msgUuid: `${rest.msgUuid}-${share.index}` }),
    ...(sharedAt !== undefined && { at: sharedAt }),
  };
  return { body, json: JSON.stringify(body) };
}

function numberTitle(markdown: unknown, number: string): unknown {
  if (typeof markdown !== "object" || markdown === null || !("title" in markdown)) return markdown;
  return { ...markdown, title: `${markdown.title} ${number}` };
}

function shareAt(at: unknown, { isFirst, pings }: Share): unknown {
  if (typeof at !== "object" || at === null) return isFirst ? at : undefined;
  const lists = Object.entries(at)
    .filter(([name]) => name === "atMobiles" || name === "atUserIds")
    .map(([name, ids]) => [name, Array.isArray(ids) ? ids.filter((id) => pings(`${id}`)) : ids]);
  if (isFirst) return { ...at, ...Object.fromEntries(lists) };
  const named = lists.filter(([, ids]) => Array.isArray(ids) && ids.length > 0);
  return named.length === 0 ? undefined : Object.fromEntries(named);
}

function isWithin(position: number, { start, end }: TextRange): boolean {
  return start <= position && position < end;
}

function sliceOf(text: string, { start, end }: TextRange): string {
  return text.slice(start, end);
}

function cannotSplit(): InvalidMessageError {
  return new InvalidMessageError(
    "",
    "the message is too large and cannot be cut into parts",
    "shorten its title, its mentions or its longest word",
  );
}
