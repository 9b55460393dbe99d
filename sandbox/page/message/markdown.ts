import { el } from "../elements/dom.ts";
import { type DecorateText, drawInline } from "./markdown-inline.ts";

const maxQuoteDepth = 5;
const heading = /^ {0,3}(#{1,6})\s+(.*)$/;
const quote = /^ {0,3}> ?(.*)$/;
const bullet = /^\s{0,8}-\s+(.*)$/;
const ordinal = /^\s{0,8}(\d{1,9})\.\s+(.*)$/;

/**
 * Draws the markdown that DingTalk documents: headings, quotes, bold, italic, links, pictures, both
 * kinds of lists and `&nbsp;`. Everything else is shown as the text that it is.
 *
 * No library, because libraries know more markdown than robots: a table would look right here and
 * wrong in the group. Libraries also return HTML text, which has to be sanitised; this function
 * returns nodes, and every piece of a message is a text node.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function drawMarkdown(markdown: string, decorate: DecorateText): HTMLElement {
  const lines = markdown.replaceAll("\r\n", "\n").split("\n");
  return el("div", { class: "markdown" }, ...drawBlocks(lines, decorate, 0));
}

function drawBlocks(lines: readonly string[], decorate: DecorateText, depth: number): Node[] {
  const blocks: Node[] = [];
  for (let start = 0; start < lines.length; ) {
    const kind = kindOf(lines[start] ?? "");
    const end = kind === "heading" ? start + 1 : endOfBlock(lines, start, kind);
    if (kind !== "blank") blocks.push(drawBlock(kind, lines.slice(start, end), decorate, depth));
    start = end;
  }
  return blocks;
}

function endOfBlock(lines: readonly string[], start: number, kind: Kind): number {
  let end = start + 1;
  while (end < lines.length && kindOf(lines[end] ?? "") === kind) end += 1;
  return end;
}

type Kind = "blank" | "heading" | "quote" | "bullet" | "ordinal" | "paragraph";

function kindOf(line: string): Kind {
  if (line.trim() === "") return "blank";
  if (heading.test(line)) return "heading";
  if (quote.test(line)) return "quote";
  if (bullet.test(line)) return "bullet";
  return ordinal.test(line) ? "ordinal" : "paragraph";
}

function drawBlock(
  kind: Kind,
  lines: readonly string[],
  decorate: DecorateText,
  depth: number,
): Node {
  switch (kind) {
    case "heading":
      return drawHeading(lines[0] ?? "", decorate);
    case "quote":
      return drawQuote(lines, decorate, depth);
    case "bullet":
      return el("ul", {}, ...lines.map((line) => drawItem(bullet.exec(line)?.[1], decorate)));
    case "ordinal": {
      const start = ordinal.exec(lines[0] ?? "")?.[1] ?? "1";
      const items = lines.map((line) => drawItem(ordinal.exec(line)?.[2], decorate));
      return el("ol", { start }, ...items);
    }
    default:
      return el("p", {}, ...drawInline(lines.map((line) => line.trimStart()).join("\n"), decorate));
  }
}

/** A paragraph and not `h1` to `h6`, so that screen readers keep the outline of the page. */
function drawHeading(line: string, decorate: DecorateText): Node {
  const [, marks = "#", text = ""] = heading.exec(line) ?? [];
  const level = marks.length;
  const content = drawInline(text, decorate);
  return el("p", { class: `heading heading-${level}` }, ...content);
}

function drawQuote(lines: readonly string[], decorate: DecorateText, depth: number): Node {
  const inner = lines.map((line) => quote.exec(line)?.[1] ?? "");
  // A bounded depth, because a line of nothing but `>` would exhaust the stack.
  if (depth >= maxQuoteDepth) return el("p", {}, inner.join("\n"));
  return el("blockquote", {}, ...drawBlocks(inner, decorate, depth + 1));
}

function drawItem(text: string | undefined, decorate: DecorateText): HTMLElement {
  return el("li", {}, ...drawInline(text ?? "", decorate));
}
