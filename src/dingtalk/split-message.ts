import { isObject, type JsonObject } from "../base/json.ts";
import { InvalidMessageError } from "./errors.ts";
import { findUnits, jsonBytes, type TextRange, type Unit } from "./markdown-blocks.ts";
import { findMention, readMentions } from "./mentions.ts";
import {
  createMessage,
  isMarkdown,
  type RobotMessage,
  readText,
  readTitle,
  replaceText,
} from "./message.ts";

/** A run of the text for one part. The texts of all pieces, joined, are the whole text. */
export interface Piece {
  readonly text: string;
  /** The offset of `text` in the whole text. */
  readonly start: number;
  /** The first line of a code block that began in the piece before; empty for none. */
  readonly opening: string;
  /** The last line of a code block that goes on in the next piece; empty for none. */
  readonly closing: string;
}

/** A person whom the message pings. */
interface Ping {
  readonly id: string;
  /** The offset of `@…` in the text; 0 if the text does not mention the person. */
  readonly position: number;
}

/** One part's share of the message. */
interface Share {
  readonly index: string;
  readonly count: string;
  readonly text: string;
  readonly isFirst: boolean;
  /** Whether this part pings the person. */
  readonly pings: (id: string) => boolean;
}

/**
 * Cuts a text or markdown message into numbered parts of at most `maxBytes` bytes of JSON. A
 * message that is not longer, and a message of another type, comes back alone and unchanged.
 *
 * A part ends at the end of a paragraph, else of a line. Only a line that is larger than a part is
 * cut between two characters. Each part is at least half full, because each part costs one message
 * of the robot's budget. Code blocks, links, images and mentions stay whole if they fit into a
 * part. A larger code block is cut between its lines, closed and opened again; a larger link is cut
 * like other text.
 *
 * The first part that mentions a person pings that person; the first part pings all. A `msgUuid`
 * gets the part's number, since DingTalk would drop the other parts as repeats.
 *
 * @throws {InvalidMessageError} when the fields beside the text leave no room for text
 */
export function splitMessage(message: RobotMessage, maxBytes: number): RobotMessage[] {
  const pieces = cutIntoPieces(message, maxBytes);
  if (pieces.length === 0) return [message];
  const positions = new Map(findPings(message).map(({ id, position }) => [id, position]));
  return pieces.map(({ text, start, opening, closing }, index) =>
    createPart(message, {
      index: `${index + 1}`,
      count: `${pieces.length}`,
      text: opening + text + closing,
      isFirst: index === 0,
      pings: (id) => isWithin(positions.get(id) ?? 0, { start, end: start + text.length }),
    }),
  );
}

/**
 * Cuts the text as {@link splitMessage} does; no pieces for a message that stays whole.
 *
 * @throws {InvalidMessageError} as `splitMessage`
 */
export function cutIntoPieces(message: RobotMessage, maxBytes: number): Piece[] {
  const text = readText(message);
  if (text === undefined || fits(message, maxBytes)) return [];
  const pings = findPings(message);
  // The width of the numbers depends on the count, and the count on the room beside the numbers.
  const atLeast = Math.ceil(jsonBytes(text) / maxBytes);
  for (let digits = `${atLeast}`.length; ; digits++) {
    const room = maxBytes - measureFrame(message, "9".repeat(digits));
    const pieces = packUnits(text, weighUnits(text, pings, room), room);
    if (`${pieces.length}`.length <= digits) return pieces;
  }
}

function fits({ body, json }: RobotMessage, maxBytes: number): boolean {
  const compact = JSON.stringify(body);
  return Math.min(Buffer.byteLength(json), Buffer.byteLength(compact)) <= maxBytes;
}

/** The bytes of the largest part without its text and its people. */
function measureFrame(message: RobotMessage, number: string): number {
  const share = { index: number, count: number, text: "", pings: () => false, isFirst: true };
  const first = createPart(message, share);
  // Parts after the first have no more fields in `at` than these two.
  const lists = message.body.at === undefined ? {} : { at: { atMobiles: [], atUserIds: [] } };
  const other = createPart(createMessage({ ...message.body, ...lists }), share);
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
    // Each person adds the id, two quotes and a comma to `at`.
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

/** The index of the last unit of a part; -1 if not even the first unit fits. */
function chooseEnd(units: readonly Unit[], from: number, room: number): number {
  let best = { index: -1, rank: -1 };
  let bytes = jsonBytes(units[from]?.opening ?? "");
  for (let index = from; index < units.length; index++) {
    const unit = units[index];
    bytes += unit?.bytes ?? 0;
    if (unit === undefined || bytes > room) break;
    if (index === units.length - 1) return index;
    const rank = bytes * 2 < room ? 0 : unit.rank;
    // A cut inside a code block needs room for the line that closes the block.
    if (bytes + jsonBytes(unit.closing) <= room && rank >= best.rank) best = { index, rank };
  }
  return best.index;
}

function createPart(whole: RobotMessage, share: Share): RobotMessage {
  const number = `(${share.index}/${share.count})`;
  const { at, ...rest }: JsonObject = replaceText(whole, {
    text: number + (isMarkdown(whole) ? "\n\n" : "\n") + share.text,
    title: `${readTitle(whole)} ${number}`,
  });
  const sharedAt = shareAt(at, share);
  return createMessage({
    ...rest,
    ...(typeof rest.msgUuid === "string" && { msgUuid: `${rest.msgUuid}-${share.index}` }),
    ...(sharedAt !== undefined && { at: sharedAt }),
  });
}

function shareAt(at: unknown, { isFirst, pings }: Share): unknown {
  if (!isObject(at)) return isFirst ? at : undefined;
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
