import {
  findFencesOf,
  findProse,
  jsonBytes,
  type Line,
  linesPerStep,
  readLines,
  type TextRange,
} from "./markdown-blocks.ts";
import { findAddresses, findLinks, type MarkdownLink } from "./markdown-links.ts";
import { createWraps, type Wrap, type Wraps } from "./split-wraps.ts";
import { flatMapInSteps, type Steps } from "./steps.ts";

/** A run of a text that stays in one part. */
export interface Unit extends TextRange {
  /** The bytes that the unit adds to a part. */
  readonly bytes: number;
  /** How well a cut suits the end of the unit. */
  readonly rank: Rank;
  /** Whether the unit fills a part alone and leaves no room for what belongs around a cut. */
  readonly isBare: boolean;
}

/** The units of a text, in order, and what is written at a cut between two of them. */
export interface Units {
  readonly units: readonly Unit[];
  /** What a part that begins with the unit needs before its text. */
  before(unit: Unit): Wrap["opening"];
  /** What a part that ends with the unit needs at its end. */
  after(unit: Unit): Wrap["closing"];
}

/**
 * 0: inside a word. 1: after a blank or a mark inside a line. 2: after a line, before an indented
 * or empty one. 3: after another line. 4: after a paragraph.
 */
type Rank = 0 | 1 | 2 | 3 | 4;

interface UnitOptions {
  /** The bytes of JSON that a part can hold. */
  readonly room: number;
  /** The bytes that a run adds to a part. */
  readonly weigh: (range: TextRange) => number;
  /** Mentions, which stay whole like links. */
  readonly names: readonly TextRange[];
  /** Whether the text is drawn as Markdown. Blocks of code are kept together in any text. */
  readonly isMarkdown: boolean;
}

/**
 * Cuts a text into the smallest units that are needed for parts of `room` bytes. A unit is a line,
 * a code block, or the lines around a link that spans them. A line that is larger than a part is
 * cut into its words, and a word that is larger than a part into its characters.
 */
export function* findUnits(text: string, options: UnitOptions): Steps<Units> {
  const { room, weigh } = options;
  const lines = yield* readLines(text);
  const { wraps, sealed } = yield* findObstacles(text, lines, options);
  const rankAt = (end: number): Rank => rankOf(text, end, wraps.isInFence(end));
  const before = ({ start, isBare }: Unit) => (isBare ? nothing : wraps.at(start).opening);
  const after = ({ end, isBare }: Unit) => (isBare ? nothing : wraps.at(end).closing);
  const units: Unit[] = [];
  const borders = { sealed, rankAt, spacing: Math.floor(room / 2048) };
  function* cut(range: TextRange, [find, ...finer]: readonly EndsFinder[]): Steps<void> {
    const { start, end } = range;
    const unit = { start, end, bytes: weigh(range), rank: rankAt(end), isBare: false };
    // What is written at the cuts around a unit takes three quarters of a part at most.
    const isSmall = unit.bytes * 4 <= room;
    if (isSmall || before(unit).bytes + unit.bytes + after(unit).bytes <= room) units.push(unit);
    else if (find === undefined) units.push({ ...unit, isBare: true });
    else yield* cutAll(cutAt(range, find(text, range), borders), finer);
  }
  function* cutAll(ranges: Iterable<TextRange>, finders: readonly EndsFinder[]): Steps<void> {
    let count = 0;
    for (const range of ranges) {
      count += 1;
      if (count % linesPerStep === 0) yield;
      yield* cut(range, finders);
    }
  }
  const all = { start: 0, end: text.length };
  yield* cutAll(cutAt(all, endsOf(lines), borders), [findWordEnds, findCharacterEnds]);
  return { units, before, after };
}

/** What stands in the way of a cut, or needs something to be written at the cut. */
function* findObstacles(
  text: string,
  lines: readonly Line[],
  { room, weigh, names, isMarkdown }: UnitOptions,
): Steps<{ readonly wraps: Wraps; readonly sealed: Uint8Array }> {
  // A block whose first and last line fill half a part is treated as plain text: opening it again
  // in each part would leave too little room.
  const fences = yield* flatMapInSteps(yield* findFencesOf(text, lines), (fence) =>
    jsonBytes(`${fence.opening}\n${fence.closing}`) * 2 <= room ? [fence] : [],
  );
  const prose = findProse(text, fences);
  const fits = (range: TextRange): boolean => weigh(range) <= room;
  const links: MarkdownLink[] = [];
  for (const range of prose) for (const link of yield* findLinks(text, range)) links.push(link);
  const wraps = yield* createWraps(text, {
    room,
    prose: linesIn(prose, lines),
    isMarkdown,
    fences: fences.filter((fence) => !fits(fence)),
    links: links.filter((link) => !fits(link)),
  });
  const sealed = new Uint8Array(text.length + 1);
  for (const ranges of [fences, links, yield* findAddresses(text), names]) {
    yield* seal(sealed, ranges, fits);
  }
  yield* seal(sealed, wraps.edges, (edge) => weigh(edge) * 2 <= room);
  return { wraps, sealed };
}

/** The lines of each range. Ranges are in order and begin and end with a line. */
function* linesIn(ranges: readonly TextRange[], lines: readonly Line[]): Iterable<Line[]> {
  let from = 0;
  for (const { start, end } of ranges) {
    while ((lines[from]?.start ?? start) < start) from++;
    const first = from;
    while ((lines[from]?.start ?? end) < end) from++;
    yield lines.slice(first, from);
  }
}

function* endsOf(ranges: readonly TextRange[]): Iterable<number> {
  for (const { end } of ranges) yield end;
}

type EndsFinder = (text: string, range: TextRange) => Iterable<number>;

const nothing = { text: "", bytes: 0, isInline: false } as const;

/** Marks with 1 each offset inside the ranges that are to stay whole: no cut may be there. */
function* seal(
  sealed: Uint8Array,
  ranges: readonly TextRange[],
  isSealed: (range: TextRange) => boolean,
): Steps<void> {
  for (const [index, range] of ranges.entries()) {
    if (index % linesPerStep === 0) yield;
    if (isSealed(range)) sealed.fill(1, range.start + 1, range.end);
  }
}

interface Borders {
  /** Holds 1 at each offset at which no cut may be. */
  readonly sealed: Uint8Array;
  readonly rankAt: (end: number) => Rank;
  /** Of the borders in a run of so many UTF-16 units, the best is enough: fewer units, less work. */
  readonly spacing: number;
}

function* cutAt(
  range: TextRange,
  ends: Iterable<number>,
  { sealed, rankAt, spacing }: Borders,
): Iterable<TextRange> {
  let start = range.start;
  let best: { readonly end: number; readonly rank: Rank } | undefined;
  for (const end of ends) {
    if (end >= range.end) break;
    if (sealed[end] === 1) continue;
    const border = { end, rank: rankAt(end) };
    if (best === undefined || end - best.end >= spacing) {
      if (best !== undefined) {
        yield { start, end: best.end };
        start = best.end;
      }
      best = border;
    } else if (border.rank > best.rank) {
      best = border;
    }
  }
  if (best !== undefined) yield { start, end: best.end };
  yield { start: best?.end ?? start, end: range.end };
}

/** Chinese has no blanks between its words: a cut after a mark suits it as well. */
function* findWordEnds(text: string, { start, end }: TextRange): Iterable<number> {
  const words = text.slice(start, end).matchAll(/[ \t]+|[，。；：！？、]+/g);
  for (const { 0: found, index } of words) yield start + index + found.length;
}

/** Created with the first long word: loading its data takes longer than loading a module. */
let segmenter: Intl.Segmenter | undefined;
/** UTF-16 units. */
const windowLength = 256;

/** Characters that stand alone whatever is beside them, but for marks, which are none of these. */
const plain = /^[ -~\u4e00-\u9fff]*$/;

/** Goes window by window, because V8 copies the whole segmented text into each segment. */
function* findCharacterEnds(text: string, { start, end }: TextRange): Iterable<number> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let width = windowLength;
  for (let from = start; from < end; ) {
    const to = Math.min(from + width, end);
    const shown = text.slice(from, to);
    const segments = plain.test(shown)
      ? [...shown].map(plainSegment)
      : [...segmenter.segment(shown)];
    // The last character may go on beyond the window. A window that ends inside a surrogate pair
    // makes the character before it uncertain as well.
    const certain = to === end ? segments : segments.slice(0, -2);
    const base = from;
    for (const { segment, index } of certain) {
      from = base + index + segment.length;
      yield from;
    }
    width = certain.length === 0 ? width * 2 : windowLength;
  }
}

function plainSegment(segment: string, index: number): { segment: string; index: number } {
  return { segment, index };
}

function rankOf(text: string, end: number, isInFence: boolean): Rank {
  const last = text[end - 1] ?? "";
  // A block of code has no paragraphs.
  if (isInFence) return last === "\n" ? 3 : 0;
  if (last !== "\n") return /[ \t，。；：！？、]/.test(last) ? 1 : 0;
  const next = lineAt(text, end);
  if (/^[ \t]/.test(next) || isBlank(next)) return 2;
  return isBlank(text.slice(text.lastIndexOf("\n", end - 2) + 1, end)) ? 4 : 3;
}

function lineAt(text: string, start: number): string {
  const lineEnd = text.indexOf("\n", start);
  return text.slice(start, lineEnd === -1 ? text.length : lineEnd);
}

function isBlank(line: string): boolean {
  return line.trim() === "";
}
