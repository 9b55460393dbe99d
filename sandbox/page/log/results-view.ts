import type { Entry } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { roomAvatar } from "../room/room-avatar.ts";
import { routeTo } from "../route.ts";
import { digest, timeOfDay } from "../texts/format.ts";
import { sayWhy } from "./entry-notes.ts";

/** More results than this help nobody: a longer text finds fewer. */
const maxShown = 200;

/** What a query finds in all rooms, newest first. Each result leads into its room. */
export class ResultsView {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #list = el("ol", { class: "results-list" });
  #shown: readonly Entry[] = [];

  constructor(context: Context) {
    this.#context = context;
    const label = context.texts.results;
    this.node = el("section", { class: "results", "aria-label": label }, this.#list);
  }

  /** Shows these entries. Results that are shown already stay as they are. */
  show(entries: readonly Entry[]): void {
    const newest = entries.slice(-maxShown).reverse();
    const { length } = newest;
    const isSame =
      length === this.#shown.length && newest.every((entry, index) => entry === this.#shown[index]);
    if (isSame) return;
    this.#shown = newest;
    this.#list.replaceChildren(...newest.map((entry) => el("li", {}, this.#result(entry))));
  }

  #result(entry: Entry): HTMLElement {
    return el(
      "a",
      { class: "result", href: routeTo(entry.token, entry.id) },
      roomAvatar(entry.token),
      el("span", { class: "room-name" }, entry.token),
      el("time", { class: "room-time" }, timeOfDay(entry.receivedAt)),
      el("span", { class: "room-latest" }, digest(entry)),
      entry.outcome !== "accepted" &&
        el(
          "span",
          { class: `result-why mark-${entry.outcome}` },
          icon(entry.outcome === "refused" ? "refused" : "faults"),
          sayWhy(this.#context, entry),
        ),
    );
  }
}
