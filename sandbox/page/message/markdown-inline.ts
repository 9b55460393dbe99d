import { el } from "../elements/dom.ts";
import { externalLink } from "../elements/links.ts";
import { pictureFrame } from "../elements/picture.ts";

/** Turns a run of plain text into nodes, such as mentions into chips. */
export type DecorateText = (text: string) => readonly (Node | string)[];

/**
 * One pattern per mark, tried in this order at each place where one may begin. Their lengths are
 * bounded, so that a message of nothing but opening marks is still drawn at once.
 */
const marks =
  /!\[([^\]\n]{0,500})\]\(\s{0,9}([^\s()]{1,2000})[^()\n]{0,200}\)|\[([^\]\n]{1,1000})\]\(\s{0,9}([^\s()]{1,2000})[^()\n]{0,200}\)|\*\*(?=\S)([^*]{1,2000})\*\*|\*(?=[^\s*])([^*]{1,2000})\*|( {2,}\n)/g;

/** Draws what may stand inside a line; a single line break counts as a space, as in markdown. */
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
