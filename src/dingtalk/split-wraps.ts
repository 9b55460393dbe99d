import { type Fence, jsonBytes, type TextRange } from "./markdown-blocks.ts";
import { findItemContexts, findQuoteContexts, findTables } from "./markdown-contexts.ts";
import type { MarkdownLink } from "./markdown-links.ts";
import { findSpans, flattenSpans } from "./markdown-spans.ts";

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
  readonly isInFence: boolean;
  readonly opening: Added;
  /** `isInline`: it stands before the white space at the end of the part, else behind it. */
  readonly closing: Added & { readonly isInline: boolean };
}

/** What is written at the cuts of a text. */
export interface Wraps {
  at(offset: number): Wrap;
  /** Runs in which a cut would leave an empty block, a table without a row or half a mark. */
  readonly edges: readonly TextRange[];
}

interface WrapsOptions {
  readonly room: number;
  readonly isMarkdown: boolean;
  /** The runs of the text outside the blocks of code. */
  readonly prose: readonly TextRange[];
  /** The blocks of code that are larger than a part. */
  readonly fences: readonly Fence[];
  /** The links that are larger than a part. */
  readonly links: readonly MarkdownLink[];
}

/** Finds out what has to be written at each cut of a text. */
export function createWraps(text: string, options: WrapsOptions): Wraps {
  const { room, isMarkdown, prose, fences, links } = options;
  const findFence = finderIn(fences);
  const most = Math.floor(room / 8);
  const tables = isMarkdown ? prose.flatMap((range) => findTables(text, range, 2 * most)) : [];
  const linkAt = new Map(links.map((link) => [link.start, link]));
  const spans = isMarkdown ? prose.flatMap((range) => findSpans(text, range, linkAt)) : [];
  const finders = [
    tables,
    isMarkdown ? prose.flatMap((range) => findItemContexts(text, range, most)) : [],
    isMarkdown ? prose.flatMap((range) => findQuoteContexts(text, range, most)) : [],
    flattenSpans(text, spans, most),
  ]
    .filter((contexts) => contexts.length > 0)
    .map((contexts) => finderIn<Context>(contexts));
  return {
    at(offset) {
      const fence = findFence(offset);
      if (fence !== undefined) return wrapOfFence(fence, text[offset - 1] === "\n");
      const found = finders.flatMap((find) => find(offset) ?? []);
      if (found.length === 0) return noWrap;
      const closing = found.map((context) => context.closing).join("");
      return {
        isInFence: false,
        opening: {
          text: found.map(({ opening }) => opening).join(""),
          bytes: found.reduce((sum, { openingBytes }) => sum + openingBytes, 0),
        },
        closing: { text: closing, bytes: jsonBytes(closing), isInline: true },
      };
    },
    edges: [
      ...fences.flatMap(edgesOfFence),
      ...tables.map(({ headStart, start }) => ({ start: headStart, end: start + 1 })),
      ...spans.flatMap(({ start, innerStart, innerEnd, end }) => [
        { start, end: innerStart + 1 },
        { start: innerEnd - 1, end },
      ]),
    ],
  };
}

const noWrap: Wrap = {
  isInFence: false,
  opening: { text: "", bytes: 0 },
  closing: { text: "", bytes: 0, isInline: true },
};

function wrapOfFence({ opening, closing }: Fence, isBehindLine: boolean): Wrap {
  const own = isBehindLine ? closing : `\n${closing}`;
  return {
    isInFence: true,
    opening: { text: opening, bytes: jsonBytes(opening) },
    closing: { text: own, bytes: jsonBytes(own), isInline: false },
  };
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
