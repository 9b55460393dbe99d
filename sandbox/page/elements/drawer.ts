import { button, el } from "./dom.ts";
import { icon } from "./icons.ts";

/** A panel beside the room, or over it where the screen is narrow. Escape closes it. */
export class Drawer {
  readonly node: HTMLElement;
  readonly #closeLabel: string;
  #onClosed: () => void = () => {};
  #opener: Element | null = null;

  constructor(closeLabel: string) {
    this.#closeLabel = closeLabel;
    this.node = el("aside", { class: "drawer", hidden: true, "aria-labelledby": "drawer-title" });
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen(): boolean {
    return !this.node.hidden;
  }

  /** Shows something else, and what to do once the reader closes it. */
  open(title: string, content: Node, onClosed: () => void = () => {}): void {
    if (!this.isOpen) this.#opener = document.activeElement;
    this.#onClosed = onClosed;
    const heading = el("h2", { id: "drawer-title", tabindex: -1 }, title);
    const close = button(
      { class: "icon-button", "aria-label": this.#closeLabel },
      () => this.close(),
      icon("close"),
    );
    this.node.replaceChildren(
      el("header", { class: "drawer-head" }, heading, close),
      el("div", { class: "drawer-body" }, content),
    );
    this.node.hidden = false;
    heading.focus();
  }

  /** Gives the focus back to where it was. */
  close(): void {
    if (!this.isOpen) return;
    this.node.hidden = true;
    this.node.replaceChildren();
    const isThere = this.#opener instanceof HTMLElement && this.#opener.isConnected;
    // The button that opened it may have been drawn anew since.
    const back = isThere ? this.#opener : document.getElementById("log");
    if (back instanceof HTMLElement) back.focus();
    this.#opener = null;
    this.#onClosed();
  }
}
