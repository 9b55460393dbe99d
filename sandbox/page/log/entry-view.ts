import { isObject, objectIn, textIn } from "../../../src/base/json.ts";
import type { Entry } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { fetchEntry, speak } from "../data/api.ts";
import { curlOf } from "../details/curl.ts";
import { copyFrom, noticeAfter } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { drawMessage } from "../message/draw-message.ts";
import { roomAvatar } from "../room/room-avatar.ts";
import { routeTo } from "../route.ts";
import { humanDigest, timeOfDay } from "../texts/format.ts";
import { callbackNotes, hintNotes, mentionNotes, refusalNote, repeatNote } from "./entry-notes.ts";

/** Draws an entry of the room: who, when, the message and the notes about it. */
export function drawEntry(context: Context, entry: Entry): HTMLElement {
  const isHuman = entry.kind === "human";
  const outcome = entry.outcome === "accepted" ? "" : ` entry-${entry.outcome}`;
  return el(
    "article",
    { class: `entry ${isHuman ? "entry-human" : "entry-robot"}${outcome}`, "data-id": entry.id },
    isHuman
      ? el("span", { class: "avatar avatar-human" }, icon("person"))
      : roomAvatar(entry.token),
    el(
      "div",
      { class: "entry-main" },
      drawHead(context, entry),
      drawContent(context, entry),
      el(
        "div",
        { class: "notes" },
        refusalNote(context, entry),
        ...callbackNotes(context, entry),
        repeatNote(context, entry),
        ...mentionNotes(context, entry),
        hintNotes(context, entry),
      ),
    ),
  );
}

function drawHead({ texts, store }: Context, entry: Entry): HTMLElement {
  const nick = store.robot(entry.token)?.human.senderNick;
  const who = entry.kind === "human" ? nick || texts.you : texts.robot;
  const way = entry.via === "http-answer" ? texts.viaHttp : texts.viaSession;
  return el(
    "header",
    { class: "entry-head" },
    el("span", { class: "entry-who" }, who),
    entry.kind === "reply" &&
      el("span", { class: "entry-way" }, icon("reply"), texts.replyTo, " · ", way),
    el("time", { datetime: entry.receivedAt }, timeOfDay(entry.receivedAt)),
    drawActions(texts, entry),
  );
}

function drawActions(texts: Context["texts"], entry: Entry): HTMLElement {
  const hasCurl = entry.request !== null || entry.callback !== null;
  const copyCurl = button(
    { class: "quiet-button" },
    () => void copyFrom(copyCurl, curlWithSecrets(entry), texts),
    icon("copy"),
    el("span", {}, "curl"),
  );
  copyCurl.setAttribute("aria-label", texts.copyCurl);
  return el(
    "span",
    { class: "entry-actions" },
    el(
      "a",
      { class: "quiet-button", href: routeTo(entry.token, entry.id) },
      icon("details"),
      el("span", {}, texts.details),
    ),
    hasCurl && copyCurl,
    entry.callback !== null && pushAgainButton(texts, entry),
  );
}

/** The button that pushes a human's message once more. */
function pushAgainButton(texts: Context["texts"], { id, token }: Entry): HTMLElement {
  const again = button(
    { class: "quiet-button" },
    () => {
      speak(token, { again: id }).catch(() => noticeAfter(again, texts.failed(texts.noConnection)));
    },
    icon("send"),
    el("span", {}, texts.pushAgain),
  );
  // On a phone, the button shows its icon alone.
  again.setAttribute("aria-label", texts.pushAgain);
  return again;
}

/** The curl command of an entry, with secrets: whoever copies it wants to run it. */
export async function curlWithSecrets({ id }: Entry): Promise<string> {
  return curlOf(await fetchEntry(id), location.origin) ?? "";
}

/** Draws the message of an entry, for the room and for the details. */
export function drawContent({ texts }: Context, entry: Entry): HTMLElement {
  if (entry.kind === "human") return el("div", { class: "bubble plain-text" }, humanText(entry));
  const { mobiles, userIds, dingtalkIds, all } = entry.mentions;
  // DingTalk writes @所有人; senders write @所有人 or @all.
  const everyone = all ? ["所有人", "all"] : [];
  const drawn = drawMessage(entry.message, [...mobiles, ...userIds, ...dingtalkIds, ...everyone]);
  if (drawn !== undefined) return drawn;
  return el(
    "div",
    { class: "bubble undrawable" },
    el("p", {}, entry.body === "" ? texts.noBody : texts.undrawable),
    entry.body !== "" && el("pre", {}, entry.body.slice(0, 500)),
  );
}

function humanText({ message, body }: Entry): string {
  if (!isObject(message)) return body;
  const text = textIn(objectIn(message, "text"), "content").trim() || humanDigest(message);
  return text || `[${textIn(message, "msgtype")}]`;
}
