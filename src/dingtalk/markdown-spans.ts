import { closeLastFence } from "./close-fence.ts";
import {
  findFences,
  findProse,
  jsonBytes,
  type Line,
  linesPerStep,
  type TextRange,
} from "./markdown-blocks.ts";
import type { MarkdownLink } from "./markdown-links.ts";
import type { Context } from "./split-wraps.ts";
import { finish, flatMapInSteps, type Steps } from "./steps.ts";

/** A run of a paragraph between two marks: bold, code, a coloured text, the text of a link. */
export interface Span extends TextRange {
  readonly innerStart: number;
  readonly innerEnd: number;
}

/** A mark that may begin or end a span. */
interface Token extends TextRange {
  readonly mark: string;
  /** The name of an HTML tag. */
  readonly tag: string | undefined;
}

/** The spans of a paragraph, and the HTML tags that it opens or closes alone. */
interface FoundSpans {
  readonly spans: readonly Span[];
  /** In order. */
  readonly loose: readonly TextRange[];
}

/** A line that begins a block of its own, so that no span goes on into it. */
const blockLine = /^\s*(?:$|[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|>|\|)/;

/** A backslash takes the character behind it with it. A tag's name is read once, as a whole. */
const tokens = /\\[!-/:-@[-`{-~]|`+|<\/?([A-Za-z][\w-]*)(?![\w-])[^<>]*>|\*+|_+|~~|!?\[|\]/g;

/** HTML tags that hold nothing. */
const voidTags = new Set(["br", "hr", "img", "input", "wbr"]);

/**
 * How long a paragraph may be, in UTF-16 units. Marks in a longer one, which is no prose, are looked
 * for in runs of this length: sorting the spans of one run takes 20 ms at most.
 */
const longestParagraph = 100_000;

/** Finds the paragraphs of some lines, in order. No span goes from one into another. */
export function* findParagraphs(text: string, lines: readonly Line[]): Steps<TextRange[]> {
  const paragraphs: { start: number; end: number }[] = [];
  for (const [index, { text: line, start, end }] of lines.entries()) {
    if (index % linesPerStep === 0) yield;
    const last = paragraphs.at(-1);
    if (last === undefined || blockLine.test(line)) paragraphs.push({ start, end });
    else last.end = end;
    for (let own = paragraphs.at(-1); own && own.end - own.start > longestParagraph; ) {
      const border = findBorder(text, own.start + longestParagraph);
      const rest = { start: border, end: own.end };
      own.end = border;
      paragraphs.push(rest);
      own = rest;
    }
  }
  return paragraphs;
}

/** The offset behind a blank near to the given one, else the given one. */
function findBorder(text: string, offset: number): number {
  const near = text.slice(offset - 4096, offset);
  const blank = Math.max(near.lastIndexOf(" "), near.lastIndexOf("\n"));
  return blank === -1 ? offset : offset - near.length + blank + 1;
}

/**
 * Finds what is bold, italic, struck through, code, a coloured text or one of these links in a
 * paragraph. A mark that nothing closes begins nothing.
 *
 * Each character is looked at a fixed number of times, whatever the text: it comes from outside.
 *
 * @param linkAt the links by their offset
 */
export function* findSpans(
  text: string,
  range: TextRange,
  linkAt: ReadonlyMap<number, MarkdownLink>,
): Steps<FoundSpans> {
  const found = yield* readTokens(text, range, linkAt.size > 0);
  const codeEnds = findCodeEnds(found);
  const marks = new OpenMarks();
  const loose: TextRange[] = [];
  let from = range.start;
  for (const [index, token] of found.entries()) {
    if (index % tokensPerStep === 0) yield;
    if (token.start < from) continue;
    const { mark, tag, start } = token;
    const code = codeEnds.get(token);
    const link = mark === "[" ? linkAt.get(start) : undefined;
    if (code !== undefined) {
      marks.open("`", token);
      marks.close("`", code);
      from = code.end;
    } else if (link !== undefined) {
      marks.open(kindOfLink(link.textEnd), token, link.end);
    } else if (mark === "]") {
      from = marks.close(kindOfLink(start), token) ?? from;
    } else if (tag !== undefined) {
      if (!scanTag(marks, token, tag.toLowerCase())) loose.push(token);
    } else if (/^(?:\*{1,3}|_{1,3}|~~)$/.test(mark)) {
      scanEmphasis(marks, token, text);
    }
  }
  return { spans: marks.spans, loose: [...loose, ...marks.openTags].sort(byStart) };
}

/**
 * Finds what the tags begin and end that paragraphs leave open, such as a colour of several
 * paragraphs.
 */
export function* findSpansAcross(text: string, loose: readonly TextRange[]): Steps<Span[]> {
  const marks = new OpenMarks();
  for (const [index, { start, end }] of loose.entries()) {
    if (index % tokensPerStep === 0) yield;
    const [mark] = yield* readTokens(text, { start, end }, false);
    if (mark?.tag !== undefined) scanTag(marks, mark, mark.tag.toLowerCase());
  }
  return marks.spans;
}

function byStart(one: TextRange, other: TextRange): number {
  return one.start - other.start;
}

const tokensPerStep = 256;

function readTokens(text: string, { start, end }: TextRange, hasLinks: boolean): Steps<Token[]> {
  const matches = text.slice(start, end).matchAll(tokens);
  return flatMapInSteps(matches, ({ 0: mark, 1: tag, index }) => {
    const isLink = tag === undefined && /[[\]]/.test(mark);
    if (mark.startsWith("\\") || (isLink && !hasLinks)) return [];
    return [{ mark, tag, start: start + index, end: start + index + mark.length }];
  });
}

/** The backticks that end the code of the backticks before them: the next ones of that number. */
function findCodeEnds(found: readonly Token[]): Map<Token, Token> {
  const ends = new Map<Token, Token>();
  const last = new Map<string, Token>();
  for (const token of found.toReversed()) {
    if (!token.mark.startsWith("`")) continue;
    const end = last.get(token.mark);
    if (end !== undefined) ends.set(token, end);
    last.set(token.mark, token);
  }
  return ends;
}

function kindOfLink(textEnd: number): string {
  return `]${textEnd}`;
}

/** @returns false for a tag that ends what nothing has begun */
function scanTag(marks: OpenMarks, token: Token, tag: string): boolean {
  if (token.mark.startsWith("</")) return marks.close(tag, token) !== undefined;
  if (!voidTags.has(tag) && !token.mark.endsWith("/>")) marks.open(tag, token);
  return true;
}

/** A mark opens before a word and closes behind one. `_` does neither inside a word. */
function scanEmphasis(marks: OpenMarks, token: Token, text: string): void {
  const [before, after] = [text[token.start - 1] ?? " ", text[token.end] ?? " "];
  const isWithinWord = token.mark.startsWith("_") && /\w\w/.test(before + after);
  if (isWithinWord) return;
  const isClosed = /\S/.test(before) && marks.close(token.mark, token) !== undefined;
  if (!isClosed && /\S/.test(after)) marks.open(token.mark, token);
}

/** A mark that may begin a span. */
interface OpenMark extends TextRange {
  readonly kind: string;
  /** The offset behind the span, where it does not end with the mark that closes it. */
  readonly spanEnd: number | undefined;
}

/** The marks that nothing has closed yet, and the spans of the others. */
class OpenMarks {
  readonly spans: Span[] = [];
  readonly #marks: OpenMark[] = [];
  readonly #counts = new Map<string, number>();

  /** The HTML tags that nothing has closed yet. */
  get openTags(): readonly TextRange[] {
    return this.#marks.filter(({ kind }) => /^[a-z]/.test(kind));
  }

  open(kind: string, { start, end }: TextRange, spanEnd?: number): void {
    this.#marks.push({ kind, start, end, spanEnd });
    this.#count(kind, 1);
  }

  /**
   * Ends the span that the last mark of the kind began. Marks between the two begin nothing.
   *
   * @returns the offset behind the span; undefined if nothing of the kind is open
   */
  close(kind: string, closing: TextRange): number | undefined {
    if (!this.#counts.get(kind)) return undefined;
    for (;;) {
      const mark = this.#marks.pop();
      if (mark === undefined) return undefined;
      this.#count(mark.kind, -1);
      if (mark.kind !== kind) continue;
      const end = mark.spanEnd ?? closing.end;
      const inner = { innerStart: mark.end, innerEnd: closing.start };
      this.spans.push({ start: mark.start, end, ...inner });
      return end;
    }
  }

  #count(kind: string, change: number): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + change);
  }
}

/** A span that goes on, with those around it. */
interface Level extends Omit<Context, "start"> {
  start: number;
  readonly size: number;
}

/**
 * What is written at a cut inside spans, which may stand in one another. Inner spans whose marks
 * take more than `most` bytes, with those around them, are left open.
 */
export function* flattenSpans(
  text: string,
  spans: readonly Span[],
  most: number,
): Steps<Context[]> {
  const contexts: Context[] = [];
  const levels: Level[] = [];
  const leave = (): void => {
    const level = levels.pop();
    if (level === undefined) return;
    contexts.push({ ...level });
    const around = levels.at(-1);
    // The borders of the inner span belong to the outer one.
    if (around !== undefined) around.start = level.end - 1;
  };
  const sorted = spans.toSorted(byStart);
  for (const [index, span] of sorted.entries()) {
    if (index % tokensPerStep === 0) yield;
    while ((levels.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= span.start) leave();
    const around = levels.at(-1);
    if (around !== undefined) contexts.push({ ...around, end: span.start + 1 });
    levels.push(createLevel(text, span, { around, most }));
  }
  while (levels.length > 0) leave();
  return contexts;
}

function createLevel(
  text: string,
  { start, innerStart, innerEnd, end }: Span,
  { around, most }: { readonly around: Level | undefined; readonly most: number },
): Level {
  const outer = around ?? { opening: "", openingBytes: 0, closing: "", size: 0 };
  const [opening, closing] = [text.slice(start, innerStart), text.slice(innerEnd, end)];
  const size = outer.size + jsonBytes(opening + closing);
  if (size > most) return { ...outer, start, end };
  const openingBytes = outer.openingBytes + jsonBytes(opening);
  const joined = { opening: outer.opening + opening, closing: closing + outer.closing };
  return { start, end, ...joined, openingBytes, size };
}

/**
 * Closes the HTML tags, the comment and the code block that a text leaves open. What follows the
 * text would else be coloured by it, be part of its code, or not be shown.
 */
export function closeMarkdown(given: string): string {
  const text = closeComment(given);
  const open: string[] = [];
  for (const range of findProse(text, findFences(text))) {
    for (const { mark, tag } of finish(readTokens(text, range, false))) {
      const name = tag?.toLowerCase();
      if (name === undefined || voidTags.has(name) || mark.endsWith("/>")) continue;
      if (!mark.startsWith("</")) open.push(name);
      else if (open.at(-1) === name) open.pop();
    }
  }
  const closed = closeLastFence(text);
  const tags = open.toReversed().map((name) => `</${name}>`);
  const gap = closed !== text && tags.length > 0 ? "\n\n" : "";
  return closed + gap + tags.join("");
}

function closeComment(text: string): string {
  const prose = findProse(text, findFences(text)).at(-1);
  const start = text.lastIndexOf("<!--");
  const isOpen = start >= (prose?.start ?? 0) && start !== -1 && !text.includes("-->", start);
  return isOpen ? `${text} -->` : text;
}
