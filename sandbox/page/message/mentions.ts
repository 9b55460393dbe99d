import { el } from "../elements/dom.ts";
import type { DecorateText } from "./markdown-inline.ts";

/** Turns the `@name` of people who are pinged into chips. Other mentions stay text. */
export function decorateMentions(pinged: readonly string[]): DecorateText {
  if (pinged.length === 0) return (text) => [text];
  // The longest first: one number may begin with another.
  const longestFirst = pinged.toSorted((one, other) => other.length - one.length);
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
