/** A run of a text, as offsets in UTF-16 units; `end` is the offset behind the last one. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A block of code between two lines of backticks or tildes. An unclosed block ends with the text.
 */
export interface Fence extends TextRange {
  /** The first line with its line end; it can open the block again in another part. */
  readonly opening: string;
  /** The line that closes the block, without line end. */
  readonly closing: string;
  readonly isClosed: boolean;
  /** The lines between the first and the last. */
  readonly inner: TextRange;
}

interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The line that opens a block. Quote and list marks may come before the backticks. */
const openingLine = /^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}(?=[^`]*$)|~{3,})/;

/** A link or image, whose text may hold another one, or a bare address. */
const link = /!?\[(?:\\.|[^[\]\\]|\[[^[\]]*\])*\]\((?:[^()\n]|\([^()\n]*\))*\)|https?:\/\/[!-~]+/g;

/** Finds the blocks of code, in order. */
export function findFences(text: string): Fence[] {
  const fences: Fence[] = [];
  let opening: Line | undefined;
  for (const line of readLines(text)) {
    if (opening === undefined) {
      if (openingLine.test(line.text)) opening = line;
    } else if (closes(opening.text, line.text)) {
      fences.push(createFence(opening, line));
      opening = undefined;
    }
  }
  const atEnd = { text: "", start: text.length, end: text.length };
  return opening === undefined ? fences : [...fences, createFence(opening, atEnd)];
}

/** Finds the links, images and bare addresses outside code blocks, in order. */
export function findLinks(text: string, fences: readonly Fence[]): TextRange[] {
  const starts = [0, ...fences.map(({ end }) => end)];
  return starts.flatMap((start, index) => {
    const between = text.slice(start, fences[index]?.start);
    return [...between.matchAll(link)].map(({ 0: found, index: offset }) => ({
      start: start + offset,
      end: start + offset + found.length,
    }));
  });
}

function createFence(first: Line, last: Line): Fence {
  const [, prefix = "", marker = ""] = openingLine.exec(first.text) ?? [];
  return {
    start: first.start,
    end: last.end,
    opening: first.text,
    // Blanks stand in for a list mark, which would begin another item.
    closing: prefix.replace(/[^>\s]/g, " ") + marker,
    isClosed: last.text !== "",
    inner: { start: first.end, end: last.start },
  };
}

function closes(opening: string, line: string): boolean {
  const marker = openingLine.exec(opening)?.[2] ?? "";
  const candidate = /^[ \t>]*(`+|~+)\s*$/.exec(line)?.[1] ?? "";
  return candidate.startsWith(marker);
}

function readLines(text: string): Line[] {
  return [...text.matchAll(/[^\n]*\n|[^\n]+/g)].map(({ 0: line, index }) => ({
    text: line,
    start: index,
    end: index + line.length,
  }));
}

/** A run of a text that stays in one part. */
export interface Unit extends TextRange {
  /** The bytes that the unit adds to a part. */
  readonly bytes: number;
  /** How well a cut suits the end of the unit: 0 inside a line, 1 after a line, 2 after a paragraph. */
  readonly rank: 0 | 1 | 2;
  /** The line that opens the code block again in a part that begins here; empty outside a block. */
  readonly opening: string;
  /** The line that closes the code block in a part that ends here; empty outside a block. */
  readonly closing: string;
}

interface UnitOptions {
  /** The bytes of JSON that a part can hold. */
  readonly room: number;
  /** The bytes that a run adds to a part. */
  readonly weigh: (range: TextRange) => number;
  /** Mentions, which stay whole like links. */
  readonly names: readonly TextRange[];
}

/**
 * Cuts a text into the smallest units that are needed for parts of `room` bytes. A unit is a line,
 * a code block, or the lines around a link that spans them; a line that is larger than a part is
 * cut into its characters.
 */
export function findUnits(text: string, { room, weigh, names }: UnitOptions): Unit[] {
  // A block whose first and last line fill half a part is treated as plain text: opening it again
  // in each part would leave too little room.
  const fences = findFences(text).filter(
    ({ opening, closing }) => jsonBytes(`${opening}\n${closing}`) * 2 <= room,
  );
  const broken = fences.filter((fence) => weigh(fence) > room);
  const whole = [...fences, ...findLinks(text, fences), ...names];
  const sealed = sealBorders(text, [
    ...whole.filter((range) => weigh(range) <= room),
    ...broken.flatMap(findEdges).filter((edge) => weigh(edge) * 2 <= room),
  ]);
  return cutLines(text, sealed).flatMap((line) => {
    const fence = broken.find(({ start, end }) => start <= line.start && line.end <= end);
    const wrapping = fence === undefined ? 0 : jsonBytes(`${fence.opening}\n${fence.closing}`);
    const fits = weigh(line) + wrapping <= room;
    const units = fits ? [line] : cutAt(line, findCharacterEnds(text, line), sealed);
    return units.map((unit) => createUnit(text, unit, { bytes: weigh(unit), fence }));
  });
}

/** The bytes that a text takes inside a JSON string. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** Joins the opening and the closing line to the line beside it, so that no part ends in an empty block. */
function findEdges({ start, end, inner }: Fence): TextRange[] {
  return [
    { start, end: inner.start + 1 },
    { start: inner.end - 1, end },
  ];
}

/** Marks with 1 each offset inside one of the ranges, where no cut may be. */
function sealBorders(text: string, ranges: readonly TextRange[]): Uint8Array {
  const sealed = new Uint8Array(text.length + 1);
  for (const { start, end } of ranges) sealed.fill(1, start + 1, end);
  return sealed;
}

function cutLines(text: string, sealed: Uint8Array): TextRange[] {
  const ends = [...text.matchAll(/\n|$/g)].map(({ 0: lineEnd, index }) => index + lineEnd.length);
  return cutAt({ start: 0, end: text.length }, ends, sealed);
}

/** Created with the first long line: loading its data takes longer than loading a module. */
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

function cutAt(range: TextRange, ends: readonly number[], sealed: Uint8Array): TextRange[] {
  const borders = ends.filter((end) => sealed[end] === 0 && end < range.end);
  return [...borders, range.end].map((end, index) => ({
    start: borders[index - 1] ?? range.start,
    end,
  }));
}

function createUnit(
  text: string,
  { start, end }: TextRange,
  { bytes, fence }: { readonly bytes: number; readonly fence: Fence | undefined },
): Unit {
  const endsLine = text[end - 1] === "\n";
  const endsInside = fence !== undefined && end < fence.end;
  const endsParagraph = endsLine && !endsInside && isBesideBlankLine(text, end);
  return {
    start,
    end,
    bytes,
    rank: endsParagraph ? 2 : endsLine ? 1 : 0,
    opening: fence !== undefined && start > fence.start ? fence.opening : "",
    closing: endsInside ? `${endsLine ? "" : "\n"}${fence.closing}` : "",
  };
}

function isBesideBlankLine(text: string, border: number): boolean {
  const before = text.slice(text.lastIndexOf("\n", border - 2) + 1, border);
  const lineEnd = text.indexOf("\n", border);
  const after = text.slice(border, lineEnd === -1 ? text.length : lineEnd);
  return before.trim() === "" || after.trim() === "";
}
