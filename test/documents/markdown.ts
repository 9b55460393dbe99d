import GithubSlugger from "github-slugger";
import { lexer, type Token, type Tokens, walkTokens } from "marked";

/** What the tests compare of a document. */
export interface MarkdownDocument {
  readonly headings: readonly { readonly level: number; readonly slug: string }[];
  /** Language and text of each code block. */
  readonly codeBlocks: readonly string[];
  /** Texts of the code spans, without their backticks. */
  readonly codeSpans: readonly string[];
  /** Names of places within the text that are no headings. */
  readonly anchors: readonly string[];
  /** The cells of each row of a table, as Markdown without anchors. The head is a row, too. */
  readonly rows: readonly (readonly string[])[];
  /** Targets of links and images. */
  readonly links: readonly string[];
  /** Addresses that stand in the text without the form of a link. */
  readonly bareUrls: readonly string[];
}

/** The parts of a document in the Markdown that GitHub shows. */
export function parseMarkdown(text: string): MarkdownDocument {
  const slugger = new GithubSlugger();
  const tokens = flatten(lexer(text));
  const links = tokens.filter(({ type }) => type === "link" || type === "image");
  const isBare = ({ raw, text: label }: Tokens.Generic): boolean => raw === label;
  return {
    headings: tokens
      .filter(({ type }) => type === "heading")
      .map((token) => ({ level: token.depth, slug: slugger.slug(plainText(token)) })),
    codeBlocks: tokens
      .filter(({ type }) => type === "code")
      .map(({ lang = "", text: lines }) => `${lang}\n${lines}`),
    codeSpans: tokens.filter(({ type }) => type === "codespan").map((token) => token.text),
    anchors: [...text.matchAll(anchor)].map(([, id = ""]) => id),
    rows: tokens.filter(({ type }) => type === "table").flatMap(cellsOf),
    links: links.filter((token) => !isBare(token)).map(({ href }) => href),
    bareUrls: links.filter(isBare).map(({ href }) => href),
  };
}

const anchor = /<a id="([^"]*)"><\/a>/g;

/** Every token, also those within others, in the order of the document. */
function flatten(tokens: readonly Token[]): Tokens.Generic[] {
  const all: Tokens.Generic[] = [];
  void walkTokens([...tokens], (token) => {
    all.push(token);
  });
  return all;
}

function cellsOf({ header, rows }: Tokens.Generic): string[][] {
  const table: { text: string }[][] = [header, ...rows];
  return table.map((row) => row.map(({ text }) => text.replaceAll(anchor, "")));
}

/** The text without its markup, from which GitHub makes the anchor of a heading. */
function plainText(token: Token): string {
  if (!("tokens" in token) || token.tokens === undefined) return "text" in token ? token.text : "";
  return token.tokens.map(plainText).join("");
}
