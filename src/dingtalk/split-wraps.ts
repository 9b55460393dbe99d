import { type Fence, jsonBytes, type Line, type TextRange } from "./markdown-blocks.ts";
import {
  findItemContexts,
  findQuoteContexts,
  findTables,
  type TableContext,
} from "./markdown-contexts.ts";
import type { MarkdownLink } from "./markdown-links.ts";
import {
  findParagraphs,
  findSpans,
  findSpansAcross,
  flattenSpans,
  type Span,
} from "./markdown-spans.ts";
import type { Steps } from "./steps.ts";

/**
 * What is written at a cut inside a range, so that both parts are drawn as the whole text would be.
 */
export interface Context extends TextRange {
  /** Begins the part behind the cut. */
  readonly opening: string;
  readonly openingBytes: number;
  /** Ends the part before the cut. */
  readonly closing: string;
}

/** A text that the sender did not write. */
export interface Added {
  readonly text: string;
  /** What the text takes inside a JSON string. */
  readonly bytes: number;
}

/** What is written at one cut. */
export interface Wrap {
  readonly opening: Added;
  /** `isInline`: it stands before the white space at the end of the part, else behind it. */
  readonly closing: Added & { readonly isInline: boolean };
}

/** What is written at the cuts of a text. */
export interface Wraps {
  at(offset: number): Wrap;
  /** Whether a cut there would be inside a block of code. */
  isInFence(offset: number): boolean;
  /** Runs in which a cut would leave an empty block, a table without a row or half a mark. */
  readonly edges: readonly TextRange[];
}

interface WrapsOptions {
  readonly room: number;
  readonly isMarkdown: boolean;
  /** The lines of each run of the text outside the blocks of code. */
  readonly prose: Iterable<readonly Line[]>;
  /** The blocks of code that are larger than a part. */
  readonly fences: readonly Fence[];
  /** The links that are larger than a part. */
  readonly links: readonly MarkdownLink[];
}

/** What Markdown needs at the cuts of a text, each list in order. */
interface Contexts {
  readonly tables: TableContext[];
  readonly items: Context[];
  readonly quotes: Context[];
  /** What goes on through several paragraphs. */
  readonly across: Context[];
  readonly inline: Context[];
  readonly edges: TextRange[];
}

function* findContexts(text: string, { prose, room, links }: WrapsOptions): Steps<Contexts> {
  const lists = { tables: [], items: [], quotes: [], across: [], inline: [], edges: [] };
  const all: Contexts = lists;
  const loose: TextRange[] = [];
  const most = mostBytes(room);
  const linkAt = new Map(links.map((link) => [link.start, link]));
  for (const lines of prose) {
    const tables = yield* findTables(lines, 2 * most);
    append(all.tables, tables);
    for (const { headStart, start } of tables) all.edges.push({ start: headStart, end: start + 1 });
    append(all.items, yield* findItemContexts(lines, most));
    append(all.quotes, yield* findQuoteContexts(lines, most));
    for (const paragraph of yield* findParagraphs(text, lines)) {
      yield;
      const found = yield* findSpans(text, paragraph, linkAt);
      for (const span of found.spans) all.edges.push(...edgesOfSpan(span));
      append(all.inline, yield* flattenSpans(text, found.spans, most));
      append(loose, found.loose);
    }
  }
  const across = yield* findSpansAcross(text, loose);
  for (const span of across) all.edges.push(...edgesOfSpan(span));
  append(all.across, yield* flattenSpans(text, across, most));
  return all;
}

/** A call of `push` with all of them could exhaust the stack. */
function append<T>(list: T[], others: readonly T[]): void {
  for (const other of others) list.push(other);
}

/** How many bytes each kind of context may take in a part, so that half of the part is text. */
function mostBytes(room: number): number {
  return Math.floor(room / 8);
}

/** Finds out what has to be written at each cut of a text. */
export function* createWraps(text: string, options: WrapsOptions): Steps<Wraps> {
  const { isMarkdown, fences } = options;
  const findFence = finderIn(fences);
  const contexts = isMarkdown ? yield* findContexts(text, options) : undefined;
  const { tables = [], items = [], quotes = [], across = [], inline = [] } = contexts ?? {};
  const { edges = [] } = contexts ?? {};
  const finders = [tables, items, quotes, across, inline]
    .filter((found) => found.length > 0)
    .map((found) => finderIn<Context>(found));
  return {
    isInFence: (offset) => findFence(offset) !== undefined,
    at(offset) {
      const fence = findFence(offset);
      if (fence !== undefined) return wrapOfFence(fence, text[offset - 1] === "\n");
      const found = finders.flatMap((find) => find(offset) ?? []);
      if (found.length === 0) return noWrap;
      const closing = found
        .map((context) => context.closing)
        .reverse()
        .join("");
      return {
        opening: {
          text: found.map(({ opening }) => opening).join(""),
          bytes: found.reduce((sum, { openingBytes }) => sum + openingBytes, 0),
        },
        closing: { text: closing, bytes: jsonBytes(closing), isInline: true },
      };
    },
    edges: [...fences.flatMap(edgesOfFence), ...edges],
  };
}

const noWrap: Wrap = {
  opening: { text: "", bytes: 0 },
  closing: { text: "", bytes: 0, isInline: true },
};

function wrapOfFence({ opening, closing }: Fence, isBehindLine: boolean): Wrap {
  const own = isBehindLine ? closing : `\n${closing}`;
  return {
    opening: { text: opening, bytes: jsonBytes(opening) },
    closing: { text: own, bytes: jsonBytes(own), isInline: false },
  };
}

function edgesOfSpan({ start, innerStart, innerEnd, end }: Span): TextRange[] {
  return [
    { start, end: innerStart + 1 },
    { start: innerEnd - 1, end },
  ];
}

/** Joins the opening and the closing line to the line beside it, so that no part ends in an empty block. */
function edgesOfFence({ start, end, inner }: Fence): TextRange[] {
  return [
    { start, end: inner.start + 1 },
    { start: inner.end - 1, end },
  ];
}

/** Finds the range around an offset, among ranges in order that do not overlap. */
function finderIn<R extends TextRange>(ranges: readonly R[]): (offset: number) => R | undefined {
  return (offset) => {
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low];
    return range !== undefined && range.start < offset ? range : undefined;
  };
}
