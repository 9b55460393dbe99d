import { finish, type Steps } from "./steps.ts";

/** A run of a text, as offsets in UTF-16 units; `end` is the offset behind the last one. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A line with its line end. */
export interface Line extends TextRange {
  readonly text: string;
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

/** The first line of a block of code that is not closed yet. */
interface Opening {
  readonly line: Line;
  readonly prefix: string;
  readonly marker: string;
}

/** The line that opens a block. Quote and list marks may come before the backticks. */
const openingLine = /^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}(?=[^`]*$)|~{3,})/;

/** Finds the blocks of code, in order. */
export function findFences(text: string): Fence[] {
  return finish(findFencesOf(text, finish(readLines(text))));
}

/** As {@link findFences}, for a text that may be long. `lines` are all lines of the text. */
export function* findFencesOf(text: string, lines: readonly Line[]): Steps<Fence[]> {
  const fences: Fence[] = [];
  let opening: Opening | undefined;
  for (const [index, line] of lines.entries()) {
    if (index % linesPerStep === 0) yield;
    if (opening === undefined) {
      const [found, prefix = "", marker = ""] = openingLine.exec(line.text) ?? [];
      if (found !== undefined) opening = { line, prefix, marker };
    } else if (closes(opening, line.text)) {
      fences.push(createFence(opening, line));
      opening = undefined;
    }
  }
  const atEnd = { text: "", start: text.length, end: text.length };
  return opening === undefined ? fences : [...fences, createFence(opening, atEnd)];
}

/** The runs of a text between the blocks of code, in order. */
export function findProse(text: string, fences: readonly Fence[]): TextRange[] {
  const starts = [0, ...fences.map(({ end }) => end)];
  return starts.map((start, index) => ({ start, end: fences[index]?.start ?? text.length }));
}

/** The lines of a text. */
export function* readLines(text: string): Steps<Line[]> {
  const lines: Line[] = [];
  for (let from = 0; from < text.length; ) {
    const lineEnd = text.indexOf("\n", from);
    const to = lineEnd === -1 ? text.length : lineEnd + 1;
    lines.push({ text: text.slice(from, to), start: from, end: to });
    if (lines.length % linesPerStep === 0) yield;
    from = to;
  }
  return lines;
}

/** How many lines are worked on without a pause. */
export const linesPerStep = 256;

function createFence({ line: first, prefix, marker }: Opening, last: Line): Fence {
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

function closes({ marker }: Opening, line: string): boolean {
  const candidate = /^[ \t>]*(`+|~+)\s*$/.exec(line)?.[1] ?? "";
  return candidate.startsWith(marker);
}

/** The bytes that a text takes inside a JSON string. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}
