import { isObject } from "../../../src/base/json.ts";
import { findContent } from "../../../src/dingtalk/messages/index.ts";
import type { MessageView } from "../../../src/dingtalk/messages/message-type.ts";
import { el } from "../elements/dom.ts";
import { drawButtonCard, drawLinkCard, drawStories } from "./draw-cards.ts";
import { drawMarkdown } from "./markdown.ts";
import type { DecorateText } from "./markdown-inline.ts";
import { decorateMentions } from "./mentions.ts";

/**
 * Draws a message as DingTalk would, as far as pictures of real groups show it; undefined for a
 * message of an unknown type or without content.
 *
 * @param pinged the names in `at` that the text mentions, without their `@`
 */
export function drawMessage(
  message: unknown,
  pinged: readonly string[] = [],
): HTMLElement | undefined {
  const found = isObject(message) ? findContent(message) : undefined;
  return found && drawView(found.type.view(found.content), decorateMentions(pinged));
}

function drawView(view: MessageView, decorate: DecorateText): HTMLElement {
  switch (view.layout) {
    case "bubble":
      return view.isMarkdown
        ? el("div", { class: "bubble" }, drawMarkdown(view.text, decorate))
        : el("div", { class: "bubble plain-text" }, ...decorate(view.text));
    case "link":
      return drawLinkCard(view);
    case "buttons":
      return drawButtonCard(view, decorate);
    case "stories":
      return drawStories(view);
  }
}
