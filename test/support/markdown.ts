export interface Heading {
  readonly level: number;
  /** The anchor that GitHub gives it. */
  readonly slug: string;
}

/** What the tests compare of a document. */
export interface MarkdownDocument {
  readonly headings: readonly Heading[];
  /** With their fences, without the indentation of a list. */
  readonly codeBlocks: readonly string[];
  /** Without their backticks, as often as they stand outside of code blocks. */
  readonly codeSpans: readonly string[];
  /** The cells of every line of a table, its head and rule included. */
  readonly rows: readonly (readonly string[])[];
  /** Targets of links and images. */
  readonly links: readonly string[];
  /** Addresses that stand in the text by themselves, as far as GitHub takes them for one. */
  readonly bareUrls: readonly string[];
}

const fence = /^ *(`{3,}|~{3,})/;

/** Reads the Markdown that our documents use: no reference links, no indented code, no HTML. */
export function parseMarkdown(text: string): MarkdownDocument {
  const { prose, codeBlocks } = separate(text.split("\n"));
  const spanless = prose.join("\n").replaceAll(/`[^`\n]+`/g, "");
  return {
    headings: readHeadings(prose),
    codeBlocks,
    codeSpans: [...prose.join("\n").matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span),
    rows: prose.filter((line) => line.startsWith("|")).map(readCells),
    links: [...spanless.matchAll(/\]\(([^)\s]*)\)/g)].map(([, target = ""]) => target),
    bareUrls: [...spanless.matchAll(/(?<!\]\()https?:\/\/[^\s<)]+/g)].map(([url]) =>
      url.replace(/[.,:;!?]+$/, ""),
    ),
  };
}

function separate(lines: readonly string[]): { prose: string[]; codeBlocks: string[] } {
  const prose: string[] = [];
  const blocks: string[][] = [];
  let open: { readonly mark: string; readonly block: string[] } | undefined;
  for (const line of lines) {
    const mark = fence.exec(line)?.[1];
    if (open !== undefined) {
      open.block.push(line.trim());
      if (mark === open.mark) open = undefined;
    } else if (mark !== undefined) {
      open = { mark, block: [line.trim()] };
      blocks.push(open.block);
    } else prose.push(line);
  }
  return { prose, codeBlocks: blocks.map((block) => block.join("\n")) };
}

function readHeadings(prose: readonly string[]): Heading[] {
  const counts = new Map<string, number>();
  return prose.flatMap((line) => {
    const [, marks = "", title = ""] = /^(#{1,6}) +(.*)$/.exec(line) ?? [];
    if (marks === "") return [];
    const slug = slugOf(title);
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    return [{ level: marks.length, slug: count === 0 ? slug : `${slug}-${count}` }];
  });
}

/** Letters of every script, digits, dashes and underscores stay; a space becomes a dash. */
function slugOf(title: string): string {
  return title
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-");
}

function readCells(line: string): string[] {
  return line
    .slice(1, line.trimEnd().lastIndexOf("|"))
    .split("|")
    .map((cell) => cell.trim());
}
