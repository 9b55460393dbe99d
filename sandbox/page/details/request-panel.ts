import type { Callback, Entry, RequestFacts } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { prettyJson } from "../texts/format.ts";

/** Whether secrets are shown, and the switch for it. */
interface Revealing {
  readonly isRevealed: boolean;
  readonly onToggle: () => void;
}

/** The request of an entry, or the callback that a human's words caused. */
export function requestPanel(
  { texts }: Context,
  { request, callback }: Entry,
  { isRevealed, onToggle }: Revealing,
): HTMLElement {
  if (request === null && callback === null) {
    return el("div", { class: "panel" }, el("p", { class: "hint" }, texts.noRequest));
  }
  const label = isRevealed ? texts.hideSecrets : texts.showSecrets;
  return el(
    "div",
    { class: "panel" },
    button({ class: "button", "aria-pressed": String(isRevealed) }, onToggle, icon("lock"), label),
    ...(request === null ? [] : requestFacts(texts, request)),
    ...(callback === null ? [] : callbackFacts(texts, callback)),
  );
}

function requestFacts(texts: Context["texts"], request: RequestFacts): HTMLElement[] {
  const path = request.path.split("?")[0] ?? "";
  return [
    el("p", { class: "request-line" }, el("strong", {}, request.method), " ", path),
    section(texts.query, table(request.query)),
    section(texts.headers, table(Object.entries(request.headers))),
    section(texts.from, el("p", {}, el("code", {}, request.remoteAddress))),
  ];
}

function callbackFacts(texts: Context["texts"], callback: Callback): HTMLElement[] {
  const isEmpty = callback.answerBody === "";
  const answer = isEmpty
    ? el("p", { class: "hint" }, texts.noCallbackAnswer)
    : code(callback.answerBody);
  return [
    el("p", { class: "request-line" }, el("strong", {}, "POST"), " ", callback.url),
    section(texts.headers, table(Object.entries(callback.headers))),
    section(texts.body, code(callback.body)),
    section(texts.callbackAnswer, answer),
  ];
}

function section(title: string, content: Node): HTMLElement {
  return el("section", { class: "facts-section" }, el("h3", {}, title), content);
}

function code(text: string): HTMLElement {
  return el("pre", { tabindex: 0 }, prettyJson(text));
}

function table(rows: readonly (readonly [name: string, value: string])[]): HTMLElement {
  return el(
    "table",
    { class: "facts-table" },
    el(
      "tbody",
      {},
      ...rows.map(([name, value]) =>
        el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value)),
      ),
    ),
  );
}
