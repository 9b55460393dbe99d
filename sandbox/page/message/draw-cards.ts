import type { JsonObject } from "../../api/types.ts";
import { el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { externalLink, hostOf } from "../elements/links.ts";
import { pictureFrame } from "../elements/picture.ts";
import { objectsIn, textIn } from "./json.ts";
import { drawMarkdown } from "./markdown.ts";
import type { DecorateText } from "./markdown-inline.ts";

/** A `link` message: the whole card leads to its address, and mentions nobody. */
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

/** An `actionCard`: markdown with one button, or several in a row or a column. */
export function drawActionCard(content: JsonObject, decorate: DecorateText): HTMLElement {
  const buttons = cardButtons(content);
  // Two fit beside each other; DingTalk stacks more than that whatever was asked for.
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

/** With a title and an address for the whole card, the list of buttons counts for nothing. */
function cardButtons(content: JsonObject): { title: string; address: string }[] {
  const single = { title: textIn(content, "singleTitle"), address: textIn(content, "singleURL") };
  if (single.title !== "" && single.address !== "") return [single];
  return objectsIn(content, "btns").map((button) => ({
    title: textIn(button, "title"),
    address: textIn(button, "actionURL"),
  }));
}

/** A `feedCard`: the first story large, the others as rows with a small picture. */
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
