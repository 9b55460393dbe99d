import { findFences } from "../../dingtalk/markdown-blocks.ts";

/**
 * The plain text of the first heading outside blocks of code, comments and YAML at the beginning;
 * undefined if there is none.
 */
export function findTitle(file: string): string | undefined {
  const markdown = withoutComments(
    file.replace(/^---[ \t]*\r?\n[\s\S]*?\n---[ \t]*(?:\r?\n|$)/, ""),
  );
  const starts = [0, ...findFences(markdown).map(({ end }) => end)];
  const ends = [...findFences(markdown).map(({ start }) => start), markdown.length];
  return starts
    .flatMap((start, index) => headingsOf(markdown.slice(start, ends[index]).split(/\r?\n/)))
    .map(toPlainText)
    .find((title) => title !== "");
}

/** The texts of the headings, which begin with `#` or are underlined with `=`. */
function headingsOf(lines: readonly string[]): string[] {
  return lines.map((line, index) => {
    const isUnderlined = /^ {0,3}\S/.test(line) && /^ {0,3}=+[ \t]*$/.test(lines[index + 1] ?? "");
    return /^ {0,3}#{1,6}[ \t]+(.*)$/.exec(line)?.[1] ?? (isUnderlined ? line : "");
  });
}

/** A comment that is never closed goes on to the end. */
function withoutComments(markdown: string): string {
  const [text = "", ...others] = markdown.split("<!--");
  const behind = others.map((part) =>
    part.includes("-->") ? part.slice(part.indexOf("-->") + 3) : "",
  );
  return [text, ...behind].join("");
}

/** What a reader sees of one line of Markdown. DingTalk shows a title as it is written. */
function toPlainText(line: string): string {
  const heading = line.trim().replace(/(^|[ \t])#+$/, "");
  // Every second part is code, which has no markup.
  const parts = heading.split(/(?<![`\\])`([^`]+)`(?!`)/);
  return parts
    .map((part, index) => (index % 2 === 1 ? part : withoutMarkup(part)))
    .join("")
    .trim();
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: " ",
  amp: "&",
};

function withoutMarkup(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/(?<!\\)(?:\*+|~~|`+)/g, "")
    .replace(/(?<![\w\\])_+(?=\S)|(?<=\S)(?<!\\)_+(?!\w)/g, "")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/&(lt|gt|quot|nbsp|amp);/g, (_, name: string) => entities[name] ?? "");
}
