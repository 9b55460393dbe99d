import type { Entry } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { fetchEntry } from "../data/api.ts";
import { copyFrom } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { type Tab, tabs } from "../elements/tabs.ts";
import { callbackNotes, hintNotes, mentionNotes, refusalNote, sayWhy } from "../log/entry-notes.ts";
import { curlWithSecrets, drawContent } from "../log/entry-view.ts";
import { prettyJson } from "../texts/format.ts";
import { attemptList } from "./attempts.ts";
import { requestPanel } from "./request-panel.ts";

type TabName = "drawn" | "raw" | "request" | "attempts";

/** The tab with what the room does not show yet: it shows the message drawn. */
function firstTab({ attempts, callback }: Entry): TabName {
  if (callback !== null) return "request";
  return attempts.length > 1 ? "attempts" : "raw";
}

/** The details of one entry, in tabs. They are drawn again when the entry changes. */
export class Details {
  readonly node = el("div", { class: "details" });
  readonly #context: Context;
  #entry: Entry | undefined;
  /** The tab that the reader has chosen; undefined until then. */
  #tab: TabName | undefined;
  #isRevealed = false;
  #isDrawn = false;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Shows an entry; undefined says that the entry is gone. */
  show(entry: Entry | undefined): void {
    if (this.#isDrawn && entry === this.#entry) return;
    this.#isDrawn = true;
    this.#entry = entry;
    if (entry === undefined) this.#drawGone();
    else if (this.#isRevealed) void this.#reveal(entry.id);
    else this.#draw(entry);
  }

  #drawGone(): void {
    const { goneTitle, goneText } = this.#context.texts;
    this.node.replaceChildren(el("p", {}, el("strong", {}, goneTitle)), el("p", {}, goneText));
  }

  #draw(entry: Entry): void {
    const { texts } = this.#context;
    const all: readonly Tab<TabName>[] = [
      { name: "drawn", label: texts.tabDrawn, draw: () => this.#drawnPanel(entry) },
      { name: "raw", label: texts.tabRaw, draw: () => rawPanel(this.#context, entry) },
      { name: "request", label: texts.tabRequest, draw: () => this.#requestPanel(entry) },
      { name: "attempts", label: texts.tabAttempts, draw: () => attemptList(this.#context, entry) },
    ];
    const onSelect = (name: TabName) => {
      this.#tab = name;
    };
    this.node.replaceChildren(
      copyButtons(this.#context, entry),
      tabs(texts.detailsOf(entry.id), all, { selected: this.#tab ?? firstTab(entry), onSelect }),
    );
  }

  #drawnPanel(entry: Entry): Node {
    const context = this.#context;
    return el(
      "div",
      { class: `panel entry-${entry.outcome}` },
      drawContent(context, entry),
      refusalNote(context, entry),
      ...callbackNotes(context, entry),
      ...mentionNotes(context, entry),
      hintNotes(context, entry),
      entry.kind !== "human" && answerPanel(context, entry),
    );
  }

  #requestPanel(entry: Entry): Node {
    const isRevealed = this.#isRevealed;
    return requestPanel(this.#context, entry, {
      isRevealed,
      onToggle: () => {
        this.#isRevealed = !isRevealed;
        const masked = this.#context.store.entries(entry.token).get(entry.id);
        if (isRevealed && masked !== undefined) this.#draw(masked);
        else void this.#reveal(entry.id);
      },
    });
  }

  async #reveal(id: string): Promise<void> {
    const revealed = await fetchEntry(id).catch(() => undefined);
    if (revealed !== undefined && this.#entry?.id === id) this.#draw(revealed);
  }
}

function copyButtons({ texts }: Context, entry: Entry): HTMLElement {
  const hasCurl = entry.request !== null || entry.callback !== null;
  const curl = button(
    { class: "button" },
    () => void copyFrom(curl, curlWithSecrets(entry), texts),
    icon("copy"),
    texts.copyCurl,
  );
  const link = button(
    { class: "button" },
    () => void copyFrom(link, location.href, texts),
    icon("link"),
    texts.copyLink,
  );
  return el("div", { class: "button-row" }, hasCurl && curl, link);
}

function answerPanel(context: Context, entry: Entry): HTMLElement {
  const { texts } = context;
  const answer =
    entry.errcode === null
      ? texts.noAnswer
      : JSON.stringify({ errcode: entry.errcode, errmsg: entry.errmsg });
  const hasReason = entry.explanation !== null || entry.fault !== null;
  return el(
    "dl",
    { class: "facts" },
    el("dt", {}, texts.answer),
    el("dd", {}, el("code", {}, answer)),
    hasReason && el("dt", {}, texts.why),
    hasReason && el("dd", {}, sayWhy(context, entry)),
  );
}

function rawPanel({ texts }: Context, { body, bodyBytes }: Entry): Node {
  const text = prettyJson(body);
  const copy = button(
    { class: "quiet-button copy-corner" },
    () => void copyFrom(copy, text, texts),
    icon("copy"),
    texts.copy,
  );
  const isCut = new TextEncoder().encode(body).length < bodyBytes;
  return el(
    "div",
    { class: "panel" },
    isCut && el("p", { class: "note" }, texts.cutOff(bodyBytes)),
    el("div", { class: "code-block" }, copy, el("pre", { tabindex: 0 }, text)),
  );
}
