import type { Attempt, Entry } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { el } from "../elements/dom.ts";
import { timeOfDay } from "../texts/format.ts";
import { sayRemark } from "../texts/remarks.ts";

/** A list of all requests with the same `msgUuid`, oldest first. */
export function attemptList(context: Context, { attempts, msgUuid }: Entry): HTMLElement {
  const { texts } = context;
  return el(
    "div",
    { class: "panel" },
    el(
      "p",
      { class: "hint" },
      msgUuid === null ? texts.noMsgUuid : el("code", {}, `msgUuid ${msgUuid}`),
    ),
    el(
      "ol",
      { class: "attempts" },
      ...attempts.map((attempt, index) => drawAttempt(context, attempt, index + 1)),
    ),
  );
}

function drawAttempt(context: Context, attempt: Attempt, number: number): HTMLElement {
  const { texts } = context;
  return el(
    "li",
    { class: `attempt entry-${attempt.outcome}` },
    el(
      "span",
      { class: "attempt-head" },
      el("strong", {}, texts.attempt(number)),
      el("time", { datetime: attempt.receivedAt }, timeOfDay(attempt.receivedAt)),
    ),
    el("span", { class: `outcome outcome-${attempt.outcome}` }, texts[attempt.outcome]),
    el(
      "code",
      {},
      attempt.errcode === null ? texts.noAnswer : `${attempt.errcode} ${attempt.errmsg}`,
    ),
    el("span", { class: "hint" }, remarkOn(context, attempt)),
  );
}

function remarkOn({ texts, language }: Context, attempt: Attempt): string {
  if (attempt.explanation !== null) return sayRemark(attempt.explanation, language);
  if (attempt.fault !== null) return texts.effects[attempt.fault.type];
  return attempt.isRepeat ? texts.repeat : "";
}
