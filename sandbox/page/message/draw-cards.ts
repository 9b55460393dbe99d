import type { JsonObject } from "../../api/types.ts";
import { el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { externalLink, hostOf } from "../elements/links.ts";
import { pictureFrame } from "../elements/picture.ts";
import { objectsIn, textIn } from "./json.ts";
import { drawMarkdown } from "./markdown.ts";
import type { DecorateText } from "./markdown-inline.ts";

/** Draws a `link` message: the whole card is a link, and nobody is mentioned. */
export function drawLink(content: JsonObject): HTMLElement {
  const address = textIn(content, "messageUrl");
  const host = hostOf(address);
  const picture = textIn(content, "picUrl");
  return externalLink(
    address,
    { className: "card link-card" },
    el("span", { class: "card-title" }, textIn(content, "title")),
    el(
      "span",
      { class: "link-card-body" },
      el("span", { class: "link-card-text" }, textIn(content, "text")),
      picture === "" ? linkThumb() : pictureFrame(picture, { alt: "", size: "thumb" }),
    ),
    host !== "" && el("span", { class: "card-source" }, host),
  );
}

function linkThumb(): HTMLElement {
  return el("span", { class: "picture picture-thumb" }, icon("link"));
}

/** Draws an `actionCard`: markdown with one button, or with several in a row or a column. */
export function drawActionCard(content: JsonObject, decorate: DecorateText): HTMLElement {
  const buttons = cardButtons(content);
  // DingTalk puts two buttons beside each other, and stacks more than two in any case.
  const isRow = textIn(content, "btnOrientation") === "1" && buttons.length === 2;
  return el(
    "div",
    { class: "card action-card" },
    el("div", { class: "card-body" }, drawMarkdown(textIn(content, "text"), decorate)),
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

/** The buttons of a card. A single button with a title and an address hides the list of buttons. */
function cardButtons(content: JsonObject): { title: string; address: string }[] {
  const single = { title: textIn(content, "singleTitle"), address: textIn(content, "singleURL") };
  if (single.title !== "" && single.address !== "") return [single];
  return objectsIn(content, "btns").map((button) => ({
    title: textIn(button, "title"),
    address: textIn(button, "actionURL"),
  }));
}

/** Draws a `feedCard`: the first story is large, the others are rows with a small picture. */
export function drawFeedCard(content: JsonObject): HTMLElement {
  const stories = objectsIn(content, "links").map((story, index) =>
    externalLink(
      textIn(story, "messageURL"),
      { className: index === 0 ? "story story-lead" : "story" },
      pictureFrame(textIn(story, "picURL"), { alt: "", size: index === 0 ? "banner" : "thumb" }),
      el("span", { class: "story-title" }, textIn(story, "title")),
    ),
  );
  return el("div", { class: "card feed-card" }, ...stories);
}
