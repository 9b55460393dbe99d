import type { RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { el } from "../elements/dom.ts";

/** The API takes so many other robots at one message. */
const mostMentioned = 20;

/** The choice of other robots that a message in a group mentions too. */
export class AlsoMention {
  readonly node: HTMLDetailsElement;
  readonly #context: Context;
  readonly #summary = el("summary", {});
  readonly #list: HTMLElement;
  readonly #boxes = new Map<string, HTMLInputElement>();

  constructor(context: Context) {
    this.#context = context;
    const { alsoMention } = context.texts;
    this.#list = el("ul", { class: "also-mention-list", "aria-label": alsoMention });
    this.node = el("details", { class: "also-mention" }, this.#summary, this.#list);
    this.#list.addEventListener("change", () => this.#show());
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.node.open) return;
      event.stopPropagation();
      this.node.open = false;
      this.#summary.focus();
    });
    this.node.addEventListener("focusout", ({ relatedTarget }) => {
      const isInside = relatedTarget instanceof Node && this.node.contains(relatedTarget);
      if (relatedTarget !== null && !isInside) this.node.open = false;
    });
  }

  /** Tokens of the chosen robots. Empty in a chat of two, which has one robot. */
  get tokens(): readonly string[] {
    return this.node.hidden ? [] : this.#chosen();
  }

  /** Offers the other robots that there are now. */
  update({ token, human }: RobotState): void {
    const { robots } = this.#context.store;
    const others = new Set(robots.map((robot) => robot.token).filter((other) => other !== token));
    this.node.hidden = human.conversationType === "1" || others.size === 0;
    for (const [other, box] of this.#boxes) {
      if (others.has(other)) continue;
      box.closest("li")?.remove();
      this.#boxes.delete(other);
    }
    for (const other of others) if (!this.#boxes.has(other)) this.#add(other);
    this.#show();
  }

  #add(token: string): void {
    const box = el("input", { type: "checkbox" });
    this.#boxes.set(token, box);
    this.#list.append(el("li", {}, el("label", {}, box, token)));
  }

  #chosen(): string[] {
    return [...this.#boxes].filter(([, { checked }]) => checked).map(([token]) => token);
  }

  #show(): void {
    const { texts } = this.#context;
    const chosen = this.#chosen();
    const label = chosen.length === 0 ? texts.alsoMention : texts.alsoMentioned(chosen.join(", "));
    if (this.#summary.textContent !== label) this.#summary.textContent = label;
    const isFull = chosen.length >= mostMentioned;
    for (const box of this.#boxes.values()) box.disabled = isFull && !box.checked;
  }
}
