import { el } from "../elements/dom.ts";
import { externalLink } from "../elements/links.ts";
import { pictureFrame } from "../elements/picture.ts";

/** Turns plain text into nodes, such as a mention into a chip. */
export type DecorateText = (text: string) => readonly (Node | string)[];

/**
 * The patterns of all marks, tried in this order. Their lengths are bounded, so that a message of
 * nothing but opening marks does not take long.
 */
const marks =
  /!\[([^\]\n]{0,500})\]\(\s{0,9}([^\s()]{1,2000})[^()\n]{0,200}\)|\[([^\]\n]{1,1000})\]\(\s{0,9}([^\s()]{1,2000})[^()\n]{0,200}\)|\*\*(?=\S)([^*]{1,2000})\*\*|\*(?=[^\s*])([^*]{1,2000})\*|( {2,}\n)/g;

/** Draws the marks inside a line. A single line break counts as a space, as in markdown. */
export function drawInline(text: string, decorate: DecorateText): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let drawn = 0;
  for (const match of text.matchAll(marks)) {
    nodes.push(...drawText(text.slice(drawn, match.index), decorate));
    nodes.push(drawMark(match, decorate));
    drawn = match.index + match[0].length;
  }
  nodes.push(...drawText(text.slice(drawn), decorate));
  return nodes;
}

function drawMark(match: RegExpExecArray, decorate: DecorateText): Node {
  const [, alt, picture, label, address, bold, italic] = match;
  if (picture !== undefined) return pictureFrame(picture, { alt: alt ?? "" });
  if (address !== undefined) {
    const content = drawInline(label ?? "", (run) => [run]);
    return externalLink(address, { className: "link" }, ...content);
  }
  if (bold !== undefined) return el("strong", {}, ...drawInline(bold, decorate));
  if (italic !== undefined) return el("em", {}, ...drawInline(italic, decorate));
  return el("br");
}

function drawText(text: string, decorate: DecorateText): readonly (Node | string)[] {
  return text === "" ? [] : decorate(text.replaceAll("&nbsp;", "\u00a0"));
}
