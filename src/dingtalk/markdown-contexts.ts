import { jsonBytes, type Line, linesPerStep } from "./markdown-blocks.ts";
import type { Context } from "./split-wraps.ts";
import { flatMapInSteps, type Steps } from "./steps.ts";

/** The rows of a table; the context opens with the head. */
export interface TableContext extends Context {
  /** The offset of the head; `start` is the offset of the first row. */
  readonly headStart: number;
}

/**
 * Whether this is the line under a table's head, such as `--- | ---`. One regular expression for all
 * cells would take minutes for 6 KB of blanks.
 */
function isTableRule(line: string): boolean {
  const cells = line.trim().replace(/^\|/, "").replace(/\|$/, "").split("|");
  return cells.length > 1 && cells.every((cell) => /^:?-+:?$/.test(cell.trim()));
}

/** Finds the tables of some lines, in order, whose head takes at most `most` bytes. */
export function* findTables(lines: readonly Line[], most: number): Steps<TableContext[]> {
  const tables: TableContext[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (index % linesPerStep === 0) yield;
    const [head, rule] = [lines[index], lines[index + 1]];
    if (head === undefined || rule === undefined) break;
    if (!head.text.includes("|") || !isTableRule(rule.text)) continue;
    index += 2;
    while (lines[index]?.text.includes("|")) {
      if (index % linesPerStep === 0) yield;
      index++;
    }
    const opening = head.text + rule.text;
    const [headStart, start, end] = [head.start, rule.end, lines[index - 1]?.end ?? rule.end];
    const openingBytes = jsonBytes(opening);
    if (end === start || openingBytes > most) continue;
    tables.push({ headStart, start, end, opening, openingBytes, closing: "" });
  }
  return tables;
}

/** An item of a list, whose further items are indented more. */
interface Item {
  readonly indent: number;
  /** The lines of this item and of those that it belongs to. */
  readonly lines: string;
  readonly bytes: number;
}

/**
 * Finds the borders before indented items and quotes: the part behind one opens with the items that
 * the indented one belongs to, as far as they take at most `most` bytes.
 */
export function* findItemContexts(lines: readonly Line[], most: number): Steps<Context[]> {
  const contexts: Context[] = [];
  const parents: Item[] = [];
  for (const [index, line] of lines.entries()) {
    if (index % linesPerStep === 0) yield;
    const { indent, isItem } = indentOf(line);
    if (indent === undefined) {
      if (/^\S/.test(line.text)) parents.length = 0;
      continue;
    }
    while ((parents.at(-1)?.indent ?? -1) >= indent) parents.pop();
    const parent = parents.at(-1) ?? { lines: "", bytes: 0 };
    if (parent.lines !== "" && parent.bytes <= most) {
      const border = { start: line.start - 1, end: line.start + 1 };
      const opening = { opening: parent.lines, openingBytes: parent.bytes };
      contexts.push({ ...border, ...opening, closing: "" });
    }
    if (!isItem) continue;
    const bytes = parent.bytes + jsonBytes(line.text);
    parents.push({ indent, lines: parent.lines + line.text, bytes });
  }
  return contexts;
}

/** How far an item of a list or a quote inside one is indented; undefined for other lines. */
function indentOf({ text }: Line): {
  readonly indent: number | undefined;
  readonly isItem: boolean;
} {
  const [, blanks, mark] = /^([ \t]*)(?:([-*+]|\d{1,9}[.)])[ \t]|(?<=[ \t])>)/.exec(text) ?? [];
  return { indent: blanks?.replaceAll("\t", "    ").length, isItem: mark !== undefined };
}

/** Finds the lines of quotes: a part that begins inside one opens with its mark. */
export function findQuoteContexts(lines: readonly Line[], most: number): Steps<Context[]> {
  return flatMapInSteps(lines, ({ text: line, start, end }) => {
    const opening = /^(?:[ \t]*>)+[ \t]?/.exec(line)?.[0];
    if (opening === undefined || opening.length > most) return [];
    const inner = { start: start + opening.length, end };
    return [{ ...inner, opening, openingBytes: jsonBytes(opening), closing: "" }];
  });
}
