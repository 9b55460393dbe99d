import type { JsonObject } from "../../api/types.ts";
import { el } from "../elements/dom.ts";
import { drawActionCard, drawFeedCard, drawLink } from "./draw-cards.ts";
import { isObject, objectIn, textIn } from "./json.ts";
import { drawMarkdown } from "./markdown.ts";
import type { DecorateText } from "./markdown-inline.ts";
import { decorateMentions } from "./mentions.ts";

type Draw = (content: JsonObject, decorate: DecorateText) => HTMLElement;

/** Drawn as pictures of real groups show it. A detail that no picture shows is drawn plainly. */
const drawings: Readonly<Record<string, Draw>> = {
  text: drawText,
  link: drawLink,
  markdown: (content, decorate) =>
    el("div", { class: "bubble" }, drawMarkdown(textIn(content, "text"), decorate)),
  actionCard: drawActionCard,
  feedCard: drawFeedCard,
};

/**
 * Draws a message as DingTalk does; undefined for a message that DingTalk could not draw.
 *
 * @param pinged the names that stand in `at` and in the text, without their `@`
 */
export function drawMessage(
  message: unknown,
  pinged: readonly string[] = [],
): HTMLElement | undefined {
  if (!isObject(message)) return undefined;
  const msgtype = textIn(message, "msgtype");
  const draw = Object.hasOwn(drawings, msgtype) ? drawings[msgtype] : undefined;
  if (draw === undefined || !isObject(message[msgtype])) return undefined;
  return draw(objectIn(message, msgtype), decorateMentions(pinged));
}

function drawText(content: JsonObject, decorate: DecorateText): HTMLElement {
  return el("div", { class: "bubble plain-text" }, ...decorate(textIn(content, "content")));
}
