import { ApiFailure } from "../data/api.ts";
import type { Texts } from "../texts/texts.ts";
import { type Attributes, type Child, el } from "./dom.ts";

/** The status line of a form: saved, or the reason why not. */
export class FormStatus {
  readonly node = el("p", { class: "form-status", role: "status" });
  readonly #texts: Texts;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** Waits for a change and shows whether it worked: with `done`, which is "saved" by default. */
  async report(change: Promise<unknown>, done = this.#texts.saved): Promise<void> {
    this.node.textContent = "";
    try {
      await change;
      this.#say(done, false);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      this.fail(error.reason || this.#texts.noConnection);
    }
  }

  /** Shows a failure. */
  fail(reason: string): void {
    this.#say(this.#texts.failed(reason), true);
  }

  #say(text: string, isFailure: boolean): void {
    this.node.textContent = text;
    this.node.classList.toggle("form-failed", isFailure);
  }
}

/** Creates a form whose submission calls `onSubmit` and leaves the page as it is. */
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

/** Puts a control under its label, with a hint below. */
export function field(label: string, control: HTMLElement, hint?: string): HTMLElement {
  return el(
    "label",
    { class: "field" },
    el("span", { class: "field-label" }, label),
    control,
    hint !== undefined && el("span", { class: "hint" }, hint),
  );
}

/** Creates a control for one line of text or a number. */
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

/** Creates a choice of one value. `labels` maps each value to its label. */
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

/** The value that is chosen in a {@link select} with these labels. */
export function chosenOf<Value extends string>(
  labels: Readonly<Record<Value, string>>,
  { value }: { readonly value: string },
): Value | undefined {
  const isValue = (text: string): text is Value => Object.hasOwn(labels, text);
  return isValue(value) ? value : undefined;
}
