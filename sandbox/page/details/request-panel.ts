import type { Callback, Entry, RequestFacts } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { prettyJson, timeOfDay } from "../texts/format.ts";
import { sayRemark } from "../texts/remarks.ts";

/** Whether secrets are shown, and the switch for it. */
interface Revealing {
  readonly isRevealed: boolean;
  readonly onToggle: () => void;
}

/** The request of an entry, or the callback that a human's words caused. */
export function requestPanel(
  context: Context,
  { request, callback }: Entry,
  { isRevealed, onToggle }: Revealing,
): HTMLElement {
  const { texts } = context;
  if (request === null && callback === null) {
    return el("div", { class: "panel" }, el("p", { class: "hint" }, texts.noRequest));
  }
  const label = isRevealed ? texts.hideSecrets : texts.showSecrets;
  return el(
    "div",
    { class: "panel" },
    button({ class: "button", "aria-pressed": String(isRevealed) }, onToggle, icon("lock"), label),
    ...(request === null ? [] : requestFacts(texts, request)),
    ...(callback === null ? [] : callbackFacts(context, callback)),
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

function callbackFacts(context: Context, callback: Callback): HTMLElement[] {
  const { texts } = context;
  const pushes = section(texts.pushes, pushTable(context, callback));
  const body = section(texts.body, code(callback.body));
  if (callback.mode === "stream") return [pushes, body];
  const isEmpty = callback.answerBody === "";
  const answer = isEmpty
    ? el("p", { class: "hint" }, texts.noCallbackAnswer)
    : code(callback.answerBody);
  return [
    el("p", { class: "request-line" }, el("strong", {}, "POST"), " ", callback.url),
    section(texts.headers, table(Object.entries(callback.headers))),
    body,
    section(texts.callbackAnswer, answer),
    pushes,
  ];
}

/** All copies of the message: where each went, what came back, and what was odd. */
function pushTable({ texts, language }: Context, { pushes, mode }: Callback): HTMLElement {
  return table(
    pushes.map((push) => {
      const answer =
        push.durationMs === null
          ? texts.noAck
          : mode === "http"
            ? texts.answeredIn(push.code ?? 0, push.durationMs)
            : texts.ackedIn(push.code, push.durationMs);
      const way = [push.connection && `${texts.connection} ${push.connection}`, push.messageId];
      const fault = push.fault && texts.effects[push.fault.type];
      const remarks = push.remarks.map((remark) => sayRemark(remark, language));
      const facts = [answer, ...way, fault, ...remarks].filter((fact) => fact !== null);
      return [timeOfDay(push.pushedAt), facts.join("\n")];
    }),
  );
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
