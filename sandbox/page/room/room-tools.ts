import type { Entry } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { el } from "../elements/dom.ts";
import { chosenOf } from "../elements/form.ts";
import { icon } from "../elements/icons.ts";
import { findAll, type Query } from "../log/search.ts";

/** The search field and the choice of an outcome. */
export class RoomTools {
  readonly node: HTMLElement;
  readonly #texts: Context["texts"];
  readonly #field: HTMLInputElement;
  readonly #outcome: HTMLSelectElement;
  readonly #onQuery: (query: Query) => void;

  constructor(texts: Context["texts"], onQuery: (query: Query) => void) {
    this.#texts = texts;
    this.#onQuery = onQuery;
    const { search, outcome } = texts;
    this.#field = el("input", {
      class: "search-input",
      type: "search",
      placeholder: search,
      "aria-label": search,
    });
    this.#outcome = el(
      "select",
      { class: "outcome-filter", "aria-label": outcome, title: outcome },
      ...Object.keys(texts.outcomes).map((value) => el("option", { value })),
    );
    this.#field.addEventListener("input", () => onQuery(this.#query));
    this.#outcome.addEventListener("change", () => onQuery(this.#query));
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    const box = el("div", { class: "search", role: "search" }, icon("search"), this.#field);
    this.node = el("div", { class: "room-tools" }, box, this.#outcome);
  }

  get #query(): Query {
    const outcome = chosenOf(this.#texts.outcomes, this.#outcome) ?? "all";
    return { text: this.#field.value.trim(), outcome };
  }

  /** Writes a query into the controls. The field keeps a space that the reader has just typed. */
  show({ text, outcome }: Query): void {
    if (this.#field.value.trim() !== text) this.#field.value = text;
    this.#outcome.value = outcome;
    this.#outcome.classList.toggle("is-set", outcome !== "all");
  }

  /** Writes how many entries there are with each outcome. */
  update(entries: readonly Entry[]): void {
    const { outcomes } = this.#texts;
    for (const option of this.#outcome.options) {
      const name = chosenOf(outcomes, option) ?? "all";
      const count = entries.filter(({ outcome }) => outcome === name).length;
      const label = name === "all" ? outcomes.all : `${outcomes[name]} (${count})`;
      if (option.textContent !== label) option.textContent = label;
    }
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.#field.value === "") return;
    this.#field.value = findAll.text;
    this.#onQuery(this.#query);
  }
}
