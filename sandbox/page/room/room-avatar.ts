import { el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";

const hues = 6;

/** The picture of a robot, in a colour that follows from its token. */
export function roomAvatar(token: string): HTMLElement {
  let sum = 0;
  for (const character of token) sum = (sum * 43 + (character.codePointAt(0) ?? 0)) % 9973;
  return el("span", { class: `avatar hue-${sum % hues}` }, icon("robot"));
}
