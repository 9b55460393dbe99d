import { el } from "../elements/dom.ts";
import type { DecorateText } from "./markdown-inline.ts";

/** A robot mentions at most so many people. */
const maxMentions = 50;

/** Turns `@name` into a chip for those who would really be pinged, and leaves the others alone. */
export function decorateMentions(pinged: readonly string[]): DecorateText {
  const names = pinged.slice(0, maxMentions);
  if (names.length === 0) return (text) => [text];
  // The longest first: one number may begin with another.
  const longestFirst = names.toSorted((one, other) => other.length - one.length);
  const pattern = new RegExp(`@(?:${longestFirst.map(escapePattern).join("|")})`, "g");
  return (text) => splitAt(text, pattern);
}

function splitAt(text: string, pattern: RegExp): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let drawn = 0;
  for (const match of text.matchAll(pattern)) {
    nodes.push(text.slice(drawn, match.index));
    nodes.push(el("span", { class: "mention" }, match[0]));
    drawn = match.index + match[0].length;
  }
  nodes.push(text.slice(drawn));
  return nodes;
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
