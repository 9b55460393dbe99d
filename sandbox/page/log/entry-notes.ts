import type { Callback, Entry, PushRemarkCode, Remark } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { shortId } from "../texts/format.ts";
import { sayRemark } from "../texts/remarks.ts";
import type { Texts } from "../texts/texts.ts";

/** Says why a request was refused, or what a fault did; undefined for other requests. */
export function refusalNote(context: Context, entry: Entry): HTMLElement | undefined {
  const { texts } = context;
  if (entry.outcome === "accepted" && entry.fault === null) return undefined;
  const isRefused = entry.outcome === "refused";
  return el(
    "p",
    { class: `note ${isRefused ? "note-refused" : "note-fault"}` },
    icon(isRefused ? "refused" : "faults"),
    el("strong", {}, isRefused ? texts.refused : texts.faulted),
    entry.errcode !== null && el("code", { class: "errcode" }, String(entry.errcode)),
    el("span", {}, sayWhy(context, entry)),
    penaltyCountdown(texts, entry),
  );
}

/** The reason of a refusal, or the fault, in the language of the page. */
export function sayWhy({ texts, language }: Context, entry: Entry): string {
  if (entry.explanation !== null) return sayRemark(entry.explanation, language);
  if (entry.fault !== null) return texts.effects[entry.fault.type];
  return entry.why ?? entry.errmsg;
}

/** The rest of the penalty that refused this request. `ticker.ts` writes the time into it. */
function penaltyCountdown(
  texts: Texts,
  { explanation, token, receivedAt }: Entry,
): HTMLElement | undefined {
  if (explanation?.code !== "throttled") return undefined;
  const endsAt = Date.parse(receivedAt) + Number(explanation.params.penaltySeconds ?? 0) * 1000;
  const clock = el("span", { class: "countdown", "data-ends-at": endsAt, "data-token": token });
  return el("span", { class: "penalty", hidden: true }, `${texts.penaltyLeft} `, clock);
}

/** Says that a message was sent several times and is shown once. */
export function repeatNote({ texts }: Context, { attempts }: Entry): HTMLElement | undefined {
  if (attempts.length < 2) return undefined;
  return el("p", { class: "note" }, icon("copy"), texts.repeats(attempts.length));
}

/** Says who is pinged, and who is in `at` and not pinged. */
export function mentionNotes({ texts }: Context, { mentions }: Entry): HTMLElement[] {
  const pinged = [
    ...(mentions.all ? [texts.everyone] : []),
    ...mentions.mobiles,
    ...mentions.userIds,
    ...mentions.dingtalkIds,
  ];
  const chips = pinged.map((name) => el("span", { class: "mention" }, `@${name}`));
  const missed = mentions.notPinged.map(({ kind, value, reason }) =>
    el(
      "span",
      { class: "mention mention-missed", title: texts.notPingedReason[reason] },
      `@${kind === "all" ? texts.everyone : value}`,
      el("small", {}, texts.notPingedReason[reason]),
    ),
  );
  return [noteOf(texts.pings, chips), noteOf(texts.notPinged, missed)].filter(
    (note) => note !== undefined,
  );
}

function noteOf(label: string, chips: readonly HTMLElement[]): HTMLElement | undefined {
  if (chips.length === 0) return undefined;
  return el(
    "p",
    { class: "note note-mentions" },
    el("span", { class: "note-label" }, label),
    ...chips,
  );
}

/** The warnings about a message that was accepted. */
export function hintNotes({ texts, language }: Context, { lint }: Entry): HTMLElement | undefined {
  if (lint.length === 0) return undefined;
  const items = lint.map((remark) => el("li", {}, sayRemark(remark, language)));
  return el(
    "div",
    { class: "note note-hints" },
    icon("hint"),
    el("ul", { "aria-label": texts.hints }, ...items),
  );
}

/** Says how a human's words reached the robot's program, and what was odd about it. */
export function callbackNotes(context: Context, { callback }: Entry): HTMLElement[] {
  if (callback === null) return [];
  const { texts, language } = context;
  const outcome =
    callback.problem === null ? answerOf(texts, callback) : [sayRemark(callback.problem, language)];
  const copies = callback.pushes.length;
  const said = [
    ...(callback.state === "waiting" ? [texts.waiting] : outcome),
    ...(copies > 1 ? [texts.copies(copies)] : []),
  ];
  const note = el(
    "p",
    { class: callback.state === "failed" ? "note note-refused" : "note" },
    icon("send"),
    said.join(" · "),
  );
  const remarks = new Map(
    callback.pushes.flatMap(({ remarks }) => remarks).map((remark) => [remark.code, remark]),
  );
  return [note, ...pushRemarkNote(context, [...remarks.values()])];
}

/** What came back for the first copy that was acked, or the last one's HTTP status. */
function answerOf(texts: Texts, { mode, status, durationMs, pushes }: Callback): string[] {
  if (mode === "http") return [texts.answeredIn(status ?? 0, durationMs ?? 0)];
  const push = pushes.find(({ durationMs }) => durationMs !== null);
  if (push === undefined) return [];
  const ack = texts.ackedIn(push.code, push.durationMs ?? 0);
  return [ack, `${texts.connection} ${shortId(push.connection ?? "")}`];
}

function pushRemarkNote(
  { texts, language }: Context,
  remarks: readonly Remark<PushRemarkCode>[],
): HTMLElement[] {
  if (remarks.length === 0) return [];
  const items = remarks.map((remark) => el("li", {}, sayRemark(remark, language)));
  const list = el("ul", { "aria-label": texts.pushRemarks }, ...items);
  return [el("div", { class: "note note-hints" }, icon("hint"), list)];
}
