import type { Context } from "../context.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";

/** How many entries a query finds. */
export interface FoundCounts {
  readonly inRoom: number;
  readonly inAllRooms: number;
}

/** Says how much a query finds, with a switch between this room and all rooms. */
export class FoundBar {
  readonly node: HTMLElement;
  readonly #texts: Context["texts"];
  readonly #here = el("span", { role: "status" });
  readonly #count = el("span", {});
  readonly #everywhere: HTMLButtonElement;

  constructor({ texts }: Context, onToggle: () => void) {
    this.#texts = texts;
    this.#everywhere = button(
      { class: "quiet-button search-all", "aria-pressed": "false" },
      onToggle,
      icon("search"),
      this.#count,
    );
    this.node = el("div", { class: "search-result", hidden: true }, this.#here, this.#everywhere);
  }

  hide(): void {
    this.node.hidden = true;
  }

  show({ inRoom, inAllRooms }: FoundCounts, { isEverywhere }: { isEverywhere: boolean }): void {
    this.node.hidden = false;
    const texts = this.#texts;
    say(this.#here, inRoom === 0 ? texts.nothingFound : texts.found(inRoom));
    say(this.#count, texts.inAllRooms(inAllRooms));
    this.#everywhere.setAttribute("aria-pressed", String(isEverywhere));
  }
}

/** A live region is read out again when its text is set, also to the same text. */
function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
