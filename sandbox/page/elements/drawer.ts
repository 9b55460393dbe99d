import { button, el } from "./dom.ts";
import { icon } from "./icons.ts";

/** A panel beside the room; on a narrow screen it covers the room. Escape closes it. */
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

  /** Shows a title and content. `onClosed` is called when the drawer closes. */
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

  /** Closes the drawer and gives the focus back to the element that had it before. */
  close(): void {
    if (!this.isOpen) return;
    this.node.hidden = true;
    this.node.replaceChildren();
    const isThere = this.#opener instanceof HTMLElement && this.#opener.isConnected;
    // The button that opened the drawer may have been replaced by a new one.
    const back = isThere ? this.#opener : document.getElementById("log");
    if (back instanceof HTMLElement) back.focus();
    this.#opener = null;
    this.#onClosed();
  }
}
