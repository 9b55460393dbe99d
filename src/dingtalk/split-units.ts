import { findFences, findProse, jsonBytes, readLines, type TextRange } from "./markdown-blocks.ts";
import { findAddresses, findLinks } from "./markdown-links.ts";
import { createWraps, type Wrap } from "./split-wraps.ts";

/** A run of a text that stays in one part. */
export interface Unit extends TextRange {
  /** The bytes that the unit adds to a part. */
  readonly bytes: number;
  /** How well a cut suits the end of the unit. */
  readonly rank: Rank;
  /** What a part that begins here needs before its text. */
  readonly before: Wrap["opening"];
  /** What a part that ends here needs at its end. */
  readonly after: Wrap["closing"];
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
export function findUnits(text: string, { room, weigh, names, isMarkdown }: UnitOptions): Unit[] {
  // A block whose first and last line fill half a part is treated as plain text: opening it again
  // in each part would leave too little room.
  const fences = findFences(text).filter(
    ({ opening, closing }) => jsonBytes(`${opening}\n${closing}`) * 2 <= room,
  );
  const prose = findProse(text, fences);
  const fits = (range: TextRange): boolean => weigh(range) <= room;
  const links = prose.flatMap((range) => findLinks(text, range));
  const wraps = createWraps(text, {
    room,
    prose,
    isMarkdown,
    fences: fences.filter((fence) => !fits(fence)),
    links: links.filter((link) => !fits(link)),
  });
  const whole = [...fences, ...links, ...findAddresses(text), ...names].filter(fits);
  const sealed = sealBorders(text, [
    ...whole,
    ...wraps.edges.filter((edge) => weigh(edge) * 2 <= room),
  ]);
  const rankAt = (end: number): Rank => rankOf(text, end, wraps.at(end).isInFence);
  const measure = ({ start, end }: TextRange): Unit => {
    const [{ opening: before }, { closing: after }] = [wraps.at(start), wraps.at(end)];
    return { start, end, bytes: weigh({ start, end }), rank: rankAt(end), before, after };
  };
  const units: Unit[] = [];
  const cut = (range: TextRange, findEnds: readonly EndsFinder[]): void => {
    const unit = measure(range);
    const [find, ...finer] = findEnds;
    const isWhole = unit.before.bytes + unit.bytes + unit.after.bytes <= room;
    if (isWhole) units.push(unit);
    // A character that fills a part alone leaves no room for more.
    else if (find === undefined) units.push({ ...unit, before: nothing, after: nothing });
    else for (const inner of cutAt(range, find(text, range), borders)) cut(inner, finer);
  };
  const borders = { sealed, rankAt, spacing: Math.floor(room / 2048) };
  const all = { start: 0, end: text.length };
  for (const line of cutAt(all, findLineEnds(text), borders)) {
    cut(line, [findWordEnds, findCharacterEnds]);
  }
  return units;
}

type EndsFinder = (text: string, range: TextRange) => number[];

const nothing = { text: "", bytes: 0, isInline: false } as const;

/** Marks with 1 each offset inside one of the ranges, where no cut may be. */
function sealBorders(text: string, ranges: readonly TextRange[]): Uint8Array {
  const sealed = new Uint8Array(text.length + 1);
  for (const { start, end } of ranges) sealed.fill(1, start + 1, end);
  return sealed;
}

interface Borders {
  /** Holds 1 at each offset at which no cut may be. */
  readonly sealed: Uint8Array;
  readonly rankAt: (end: number) => Rank;
  /** Of the borders in a run of so many UTF-16 units, the best is enough: fewer units, less work. */
  readonly spacing: number;
}

function cutAt(
  range: TextRange,
  ends: readonly number[],
  { sealed, rankAt, spacing }: Borders,
): TextRange[] {
  const kept: { end: number; rank: Rank }[] = [];
  for (const end of ends) {
    if (end >= range.end) break;
    if (sealed[end] === 1) continue;
    const border = { end, rank: rankAt(end) };
    const last = kept.at(-1);
    if (last === undefined || end - last.end >= spacing) kept.push(border);
    else if (border.rank > last.rank) kept.splice(-1, 1, border);
  }
  return [...kept, range].map(({ end }, index) => ({
    start: kept[index - 1]?.end ?? range.start,
    end,
  }));
}

function findLineEnds(text: string): number[] {
  return readLines(text).map(({ end }) => end);
}

/** Chinese has no blanks between its words: a cut after a mark suits it as well. */
function findWordEnds(text: string, { start, end }: TextRange): number[] {
  const words = text.slice(start, end).matchAll(/[ \t]+|[，。；：！？、]+/g);
  return [...words].map(({ 0: found, index }) => start + index + found.length);
}

/** Created with the first long word: loading its data takes longer than loading a module. */
let segmenter: Intl.Segmenter | undefined;
/** UTF-16 units. */
const windowLength = 256;

/** Goes window by window, because V8 copies the whole segmented text into each segment. */
function findCharacterEnds(text: string, { start, end }: TextRange): number[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const found: number[] = [];
  let width = windowLength;
  for (let from = start; from < end; ) {
    const to = Math.min(from + width, end);
    const segments = [...segmenter.segment(text.slice(from, to))];
    // The last character may go on beyond the window. A window that ends inside a surrogate pair
    // makes the character before it uncertain as well.
    const certain = to === end ? segments : segments.slice(0, -2);
    for (const { segment, index } of certain) found.push(from + index + segment.length);
    width = certain.length === 0 ? width * 2 : windowLength;
    from = certain.length === 0 ? from : (found.at(-1) ?? end);
  }
  return found;
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
