import { mentionOf } from "../../../src/dingtalk/mentions.ts";
import { el } from "../elements/dom.ts";
import type { DecorateText } from "./markdown-inline.ts";

/** Turns the `@…` of each pinged person into a chip, and leaves other text alone. */
export function decorateMentions(pinged: readonly string[]): DecorateText {
  if (pinged.length === 0) return (text) => [text];
  const pattern = mentionOf(pinged);
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
