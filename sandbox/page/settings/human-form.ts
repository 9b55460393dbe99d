import type { HumanPatch, HumanSettings, RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { changeHuman } from "../data/api.ts";
import { el } from "../elements/dom.ts";
import { FormStatus, field, form, input } from "../elements/form.ts";
import type { Texts } from "../texts/texts.ts";

/** The form for who speaks to the robot and where the callbacks go. */
export function humanForm({ texts }: Context, { token, human }: RobotState): HTMLElement {
  const status = new FormStatus(texts);
  const url = input(human.callbackUrl ?? "", {
    type: "url",
    placeholder: "http://127.0.0.1:3000/dingtalk",
  });
  const appSecret = secretInput(texts, texts.appSecret, {
    known: human.appSecret,
    hint: texts.appSecretHint,
  });
  const outgoing = secretInput(texts, texts.outgoingToken, {
    known: human.outgoingToken,
    hint: texts.outgoingTokenHint,
  });
  const nick = input(human.senderNick);
  const title = input(human.conversationTitle);
  const read = (): HumanPatch => ({
    callbackUrl: url.value.trim() || null,
    ...appSecret.patch("appSecret"),
    ...outgoing.patch("outgoingToken"),
    ...(nick.value.trim() && { senderNick: nick.value.trim() }),
    ...(title.value.trim() && { conversationTitle: title.value.trim() }),
  });
  return form(
    "form",
    () => void status.report(changeHuman(token, read())),
    el("p", { class: "hint" }, texts.humanIntro),
    field(texts.callbackUrl, url),
    appSecret.node,
    outgoing.node,
    el(
      "div",
      { class: "field-pair" },
      field(texts.senderNick, nick),
      field(texts.conversationTitle, title),
    ),
    el(
      "div",
      { class: "form-end" },
      el("button", { class: "button button-main" }, texts.save),
      status.node,
    ),
  );
}

/** A field for a secret. If left empty, the secret stays as it is; a checkbox removes it. */
function secretInput(
  texts: Texts,
  label: string,
  { known, hint }: { readonly known: string | null; readonly hint: string },
) {
  const value = input("", { placeholder: known ?? "" });
  const forget = el("input", { type: "checkbox", class: "checkbox" });
  const box = el("label", { class: "check" }, forget, texts.forget);
  return {
    node: el("div", {}, field(label, value, hint), known !== null && box),
    patch(name: keyof HumanSettings): HumanPatch {
      if (forget.checked) return { [name]: null };
      return value.value === "" ? {} : { [name]: value.value };
    },
  };
}
