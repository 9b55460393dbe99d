import { findFences } from "../../dingtalk/markdown-blocks.ts";

/** The plain text of the first heading outside blocks of code; undefined if there is none. */
export function findTitle(markdown: string): string | undefined {
  const starts = [0, ...findFences(markdown).map(({ end }) => end)];
  const ends = [...findFences(markdown).map(({ start }) => start), markdown.length];
  return starts
    .flatMap((start, index) => markdown.slice(start, ends[index]).split(/\r?\n/))
    .map((line) => toPlainText(/^ {0,3}#{1,6}[ \t]+(.*)$/.exec(line)?.[1] ?? ""))
    .find((title) => title !== "");
}

/** What a reader sees of one line of Markdown. DingTalk shows a title as it is written. */
function toPlainText(line: string): string {
  return line
    .trim()
    .replace(/(^|[ \t])#+$/, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/(?<!\\)(?:\*+|~~|`+)/g, "")
    .replace(/(?<![\w\\])_+(?=\S)|(?<=\S)(?<!\\)_+(?!\w)/g, "")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .trim();
}
