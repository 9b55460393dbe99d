import { ApiFailure } from "../data/api.ts";
import type { Texts } from "../texts/texts.ts";
import { type Attributes, type Child, el } from "./dom.ts";

/** What a form said last: that it was saved, or why not. */
export class FormStatus {
  readonly node = el("p", { class: "form-status", role: "status" });
  readonly #texts: Texts;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** Waits for a change and says how it went. */
  async report(change: Promise<unknown>): Promise<void> {
    this.node.textContent = "";
    try {
      await change;
      this.#say(this.#texts.saved, false);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      this.fail(error.reason || this.#texts.noConnection);
    }
  }

  fail(reason: string): void {
    this.#say(this.#texts.failed(reason), true);
  }

  #say(text: string, isFailure: boolean): void {
    this.node.textContent = text;
    this.node.classList.toggle("form-failed", isFailure);
  }
}

/** A form that stays on the page; `onSubmit` does what is to be done. */
export function form(
  className: string,
  onSubmit: () => void,
  ...children: readonly Child[]
): HTMLFormElement {
  const element = el("form", { class: className, novalidate: true }, ...children);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit();
  });
  return element;
}

/** A control under its label, with a hint below. */
export function field(label: string, control: HTMLElement, hint?: string): HTMLElement {
  return el(
    "label",
    { class: "field" },
    el("span", { class: "field-label" }, label),
    control,
    hint !== undefined && el("span", { class: "hint" }, hint),
  );
}

/** A control for one line. */
export function input(value: string | number, attributes: Attributes = {}): HTMLInputElement {
  const element = el("input", {
    class: "input",
    autocomplete: "off",
    spellcheck: "false",
    ...attributes,
  });
  element.value = String(value);
  return element;
}

/** A choice of one, from values to labels. */
export function select<Value extends string>(
  labels: Readonly<Record<Value, string>>,
  selected: Value,
  attributes: Attributes = {},
): HTMLSelectElement {
  const options = Object.entries<string>(labels).map(([value, label]) =>
    el("option", { value }, label),
  );
  const element = el("select", { class: "input", ...attributes }, ...options);
  element.value = selected;
  return element;
}
