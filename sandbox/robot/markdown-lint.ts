import type { LintCode, Remark } from "../api/types.ts";
import { remark } from "./remark.ts";

type Lint = Remark<LintCode>;

interface Line {
  readonly text: string;
  readonly trimmed: string;
  readonly previous: string;
  readonly next: string;
  /** Counts from 1. */
  readonly line: number;
}

/** How many warnings with one code are given: more of them say nothing new. */
export const maxOfOneKind = 20;

/**
 * Warns of what a text uses beyond DingTalk's Markdown, which has headings, quotes, bold, italic,
 * links, images and lists.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function lintMarkdown(text: string): Lint[] {
  const lines = text.split(/\r?\n/);
  const counts = new Map<LintCode, number>();
  return lines.flatMap((line, index) =>
    lintLine({
      text: line,
      trimmed: line.trim(),
      previous: (lines[index - 1] ?? "").trim(),
      next: (lines[index + 1] ?? "").trim(),
      line: index + 1,
    }).filter(({ code }) => {
      const count = (counts.get(code) ?? 0) + 1;
      counts.set(code, count);
      return count <= maxOfOneKind;
    }),
  );
}

function lintLine(line: Line): Lint[] {
  return [
    ...lintTable(line),
    ...lintHtml(line),
    ...lintConstruct(line),
    ...lintNewline(line),
    ...lintImages(line),
  ];
}

/** Whether a line is the one under a table's head, such as `--- | ---`. */
function isTableRule(trimmed: string): boolean {
  return /^\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?$/.test(trimmed);
}

function lintTable({ trimmed, line }: Line): Lint[] {
  if (!isTableRule(trimmed)) return [];
  return [remark("markdown-table", `line ${line}: phones do not draw tables`, { line })];
}

function lintHtml({ trimmed, line }: Line): Lint[] {
  const tag = /<\/?([a-z][a-z0-9]*)(?=[\s/>])[^<>]*>/i.exec(trimmed)?.[1];
  if (tag === undefined) return [];
  return [remark("markdown-html", `line ${line}: <${tag}> is HTML`, { line, tag })];
}

const constructs: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["code", /^(```|~~~)|`[^`]+`/],
  ["strikethrough", /~~[^~]+~~/],
  ["task", /^[-*+] \[[ xX]\] /],
  ["setext", /^=+$/],
];

function lintConstruct({ trimmed, previous, line }: Line): Lint[] {
  const construct = /^(-{3,}|\*{3,}|_{3,})$/.test(trimmed)
    ? underline(trimmed, previous)
    : constructs.find(([, pattern]) => pattern.test(trimmed))?.[0];
  if (construct === undefined) return [];
  const text = `line ${line}: DingTalk's Markdown has no ${construct}`;
  return [remark("markdown-unsupported", text, { line, construct })];
}

/** Dashes under a text make it a heading. */
function underline(trimmed: string, previous: string): string {
  return trimmed.startsWith("-") && previous !== "" ? "setext" : "rule";
}

const startsBlock = /^(#{1,6}\s|>|[-*+]\s|\d+[.)]\s|\||```)/;

/** Warns of a line break that DingTalk draws as a space: two spaces before it would keep it. */
function lintNewline({ text, trimmed, next, line }: Line): Lint[] {
  const isJoined = trimmed !== "" && next !== "" && !startsBlock.test(next);
  const isBroken = / {2}$/.test(text) || /^#{1,6}\s/.test(trimmed) || trimmed.startsWith("|");
  if (!isJoined || isBroken || /^[-*_=`|:\s]+$/.test(next)) return [];
  const advice = `line ${line}: the line break will not show, end the line with two spaces`;
  return [remark("markdown-newline", advice, { line })];
}

function lintImages({ text }: Line): Lint[] {
  if (!text.includes("](")) return [];
  return [...text.matchAll(/!\[[^\][]*\]\((http:\/\/[^\s)]+)/gi)].map(([, url = ""]) =>
    plainHttpImage(url),
  );
}

/** The warning of an image that DingTalk may not load. */
export function plainHttpImage(url: string): Lint {
  return remark("image-http", `${url} is not https and may not be shown`, { url });
}
