import type { MessageView } from "../../../src/dingtalk/messages/message-type.ts";
import { el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { externalLink, hostOf } from "../elements/links.ts";
import { pictureFrame } from "../elements/picture.ts";
import { drawMarkdown } from "./markdown.ts";
import type { DecorateText } from "./markdown-inline.ts";

type ViewOf<Layout> = Extract<MessageView, { readonly layout: Layout }>;

/** Draws a card that leads to one address as a whole. */
export function drawLinkCard({ text, story }: ViewOf<"link">): HTMLElement {
  const host = hostOf(story.address);
  return externalLink(
    story.address,
    { className: "card link-card" },
    el("span", { class: "card-title" }, story.title),
    el(
      "span",
      { class: "link-card-body" },
      el("span", { class: "link-card-text" }, text),
      story.picture === "" ? linkThumb() : pictureFrame(story.picture, { alt: "", size: "thumb" }),
    ),
    host !== "" && el("span", { class: "card-source" }, host),
  );
}

function linkThumb(): HTMLElement {
  return el("span", { class: "picture picture-thumb" }, icon("link"));
}

/** Draws Markdown with buttons in a row or a column. */
export function drawButtonCard(
  { text, buttons, isRow }: ViewOf<"buttons">,
  decorate: DecorateText,
): HTMLElement {
  return el(
    "div",
    { class: "card action-card" },
    el("div", { class: "card-body" }, drawMarkdown(text, decorate)),
    buttons.length > 0 &&
      el(
        "div",
        { class: isRow ? "card-buttons card-buttons-row" : "card-buttons" },
        ...buttons.map(({ title, address }) =>
          externalLink(address, { className: "card-button" }, title),
        ),
      ),
  );
}

/** Draws the first story large, and the others as rows with a small picture. */
export function drawStories({ stories }: ViewOf<"stories">): HTMLElement {
  const drawn = stories.map(({ title, address, picture }, index) =>
    externalLink(
      address,
      { className: index === 0 ? "story story-lead" : "story" },
      pictureFrame(picture, { alt: "", size: index === 0 ? "banner" : "thumb" }),
      el("span", { class: "story-title" }, title),
    ),
  );
  return el("div", { class: "card feed-card" }, ...drawn);
}
