import type { TextRange } from "./markdown-blocks.ts";
import { flatMapInSteps, type Steps } from "./steps.ts";

/** A link or an image, which may hold further ones, as in `[![image](address)](address)`. */
export interface MarkdownLink extends TextRange {
  /** The offset of the `]` that ends its text. */
  readonly textEnd: number;
}

/**
 * Finds the links and images of a range, in order. A link that stands in another one is part of it.
 *
 * Each character is looked at a fixed number of times, whatever the text: it comes from outside.
 */
export function* findLinks(text: string, { start, end }: TextRange): Steps<MarkdownLink[]> {
  const links: MarkdownLink[] = [];
  const opened: number[] = [];
  /** The last `\[`, which begins a link only where no other bracket can. */
  let escaped: number | undefined;
  for (let at = start; at < end; at++) {
    if (at % charactersPerStep === 0) yield;
    switch (text[at]) {
      case "\\":
        if (text[at + 1] === "[") escaped = at + 1;
        at++;
        break;
      case "\n":
        // A link goes over a line end, but not over an empty line.
        if (isBlankLine(text, at + 1)) {
          opened.length = 0;
          escaped = undefined;
        }
        break;
      case "[":
        opened.push(at);
        break;
      case "]": {
        const from = opened.pop() ?? escaped;
        escaped = undefined;
        const to = from === undefined ? -1 : findAddressEnd(text, at + 1, end);
        if (from === undefined || to === -1) break;
        const isImage = from > start && text[from - 1] === "!";
        const link = { start: isImage ? from - 1 : from, end: to, textEnd: at };
        while ((links.at(-1)?.start ?? -1) >= link.start) links.pop();
        links.push(link);
        at = to - 1;
        break;
      }
    }
  }
  return links;
}

const charactersPerStep = 4096;

/** Finds the bare addresses of a text, in order. */
export function findAddresses(text: string): Steps<TextRange[]> {
  return flatMapInSteps(text.matchAll(/https?:\/\/[!-~]+/g), ({ 0: found, index }) => [
    { start: index, end: index + found.length },
  ]);
}

/** The offset behind `(…)`, which may hold parentheses in pairs; -1 if there is none. */
function findAddressEnd(text: string, start: number, end: number): number {
  if (text[start] !== "(") return -1;
  let isInside = false;
  for (let at = start + 1; at < end && text[at] !== "\n"; at++) {
    // A third parenthesis ends the search: the next search begins after the second.
    if (text[at] === "(" && isInside) return -1;
    if (text[at] === ")" && !isInside) return at + 1;
    if (text[at] === "(") isInside = true;
    if (text[at] === ")") isInside = false;
  }
  return -1;
}

function isBlankLine(text: string, start: number): boolean {
  let at = start;
  while (text[at] === " " || text[at] === "\t" || text[at] === "\r") at++;
  return text[at] === "\n";
}
