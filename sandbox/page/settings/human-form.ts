import type { HumanPatch, HumanSettings, RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { changeHuman } from "../data/api.ts";
import { el } from "../elements/dom.ts";
import { chosenOf, FormStatus, field, form, input, select } from "../elements/form.ts";
import type { Texts } from "../texts/texts.ts";
import { ConnectionList } from "./connection-list.ts";

/** The form for who speaks to the robot, and for how its program gets what is said. */
export class HumanForm {
  readonly node: HTMLElement;
  readonly #connections: ConnectionList;

  constructor({ texts }: Context, robot: RobotState) {
    const status = new FormStatus(texts);
    this.#connections = new ConnectionList(texts, status);
    const way = wayControls(texts, robot.human, this.#connections.node);
    const talk = talkControls(texts, robot.human);
    const again = againControls(texts, robot.human);
    const read = (): HumanPatch => ({ ...way.read(), ...talk.read(), ...again.read() });
    this.node = form(
      "form",
      () => void status.report(changeHuman(robot.token, read())),
      el("p", { class: "hint" }, texts.humanIntro),
      ...way.nodes,
      ...talk.nodes,
      again.node,
      el(
        "div",
        { class: "form-end" },
        el("button", { class: "button button-main" }, texts.save),
        status.node,
      ),
    );
    this.update(robot);
  }

  /** Draws the connections again. The input of the form stays as it is. */
  update(robot: RobotState): void {
    this.#connections.update(robot);
  }
}

/** How messages reach the program. Each mode shows its own fields. */
function wayControls(texts: Texts, human: HumanSettings, connections: HTMLElement) {
  const mode = select(texts.modes, human.mode);
  const url = input(human.callbackUrl ?? "", {
    type: "url",
    placeholder: "http://127.0.0.1:3000/dingtalk",
  });
  const clientId = input(human.clientId);
  const appSecret = secretInput(texts, texts.appSecret, {
    known: human.appSecret,
    hint: texts.appSecretHint,
  });
  const outgoing = secretInput(texts, texts.outgoingToken, {
    known: human.outgoingToken,
    hint: texts.outgoingTokenHint,
  });
  const http = [field(texts.callbackUrl, url), outgoing.node];
  const gateway = el("p", { class: "hint" }, texts.gatewayHint(location.origin));
  const stream = [gateway, connections];
  const showMode = () => {
    for (const node of http) node.hidden = mode.value !== "http";
    for (const node of stream) node.hidden = mode.value !== "stream";
  };
  mode.addEventListener("change", showMode);
  showMode();
  return {
    nodes: [
      field(texts.mode, mode),
      gateway,
      field(texts.clientId, clientId),
      appSecret.node,
      ...http,
      connections,
    ],
    read: (): HumanPatch => ({
      mode: chosenOf(texts.modes, mode) ?? "http",
      callbackUrl: url.value.trim() || null,
      ...(clientId.value.trim() && { clientId: clientId.value.trim() }),
      ...appSecret.patch("appSecret"),
      ...outgoing.patch("outgoingToken"),
    }),
  };
}

type ConversationType = HumanSettings["conversationType"];

/** Who speaks, and in which conversation. */
function talkControls(texts: Texts, human: HumanSettings) {
  const kind = select<ConversationType>(texts.conversationTypes, human.conversationType);
  const title = input(human.conversationTitle);
  const nick = input(human.senderNick);
  const staffId = input(human.senderStaffId);
  return {
    nodes: [
      el(
        "div",
        { class: "field-pair" },
        field(texts.conversationType, kind),
        field(texts.conversationTitle, title),
      ),
      el(
        "div",
        { class: "field-pair" },
        field(texts.senderNick, nick),
        field(texts.senderStaffId, staffId),
      ),
    ],
    read: (): HumanPatch => ({
      conversationType: chosenOf<ConversationType>(texts.conversationTypes, kind) ?? "2",
      senderStaffId: staffId.value.trim(),
      ...(title.value.trim() && { conversationTitle: title.value.trim() }),
      ...(nick.value.trim() && { senderNick: nick.value.trim() }),
    }),
  };
}

/** How often a message is pushed again, and how long its session works. */
function againControls(texts: Texts, human: HumanSettings) {
  const number = { type: "number" };
  const after = input(human.redeliverAfterSeconds, number);
  const times = input(human.redeliveries, number);
  const timestamp = select(texts.redeliveryTimestamps, human.redeliveryTimestamp);
  const minutes = input(human.sessionMinutes, number);
  return {
    node: el(
      "details",
      { class: "more" },
      el("summary", {}, texts.redelivery),
      el("p", { class: "hint" }, texts.redeliveryHint),
      el(
        "div",
        { class: "field-pair" },
        field(texts.redeliverAfterSeconds, after),
        field(texts.redeliveries, times),
      ),
      el(
        "div",
        { class: "field-pair" },
        field(texts.redeliveryTimestamp, timestamp),
        field(texts.sessionMinutes, minutes),
      ),
    ),
    read: (): HumanPatch => ({
      redeliverAfterSeconds: after.valueAsNumber,
      redeliveries: times.valueAsNumber,
      redeliveryTimestamp: chosenOf(texts.redeliveryTimestamps, timestamp) ?? "same",
      sessionMinutes: minutes.valueAsNumber,
    }),
  };
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
