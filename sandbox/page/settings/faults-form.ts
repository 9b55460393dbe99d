import type { Fault, FaultEffect, RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { setFaults } from "../data/api.ts";
import { button, el } from "../elements/dom.ts";
import { chosenOf, FormStatus, field, form, input, select } from "../elements/form.ts";
import { icon } from "../elements/icons.ts";
import type { Texts } from "../texts/texts.ts";

/** The faults of a robot, and a form to add one. */
export class FaultsForm {
  readonly node: HTMLElement;
  readonly #texts: Texts;
  readonly #status: FormStatus;
  readonly #list = el("ul", { class: "fault-list" });
  #robot: RobotState;
  #drawnFaults: RobotState["faults"] | undefined;

  constructor({ texts }: Context, robot: RobotState) {
    this.#texts = texts;
    this.#robot = robot;
    this.#status = new FormStatus(texts);
    this.#list.setAttribute("aria-label", texts.activeFaults);
    const newFault = faultControls(texts);
    const add = () => this.#set([...this.#robot.faults, newFault.read()]);
    this.node = form(
      "form",
      add,
      el("p", { class: "hint" }, texts.faultsIntro),
      el("h3", {}, texts.activeFaults),
      this.#list,
      el("h3", {}, texts.addFault),
      newFault.node,
      el(
        "div",
        { class: "form-end" },
        el("button", { class: "button button-main" }, texts.addFault),
        this.#status.node,
      ),
    );
    this.update(robot);
  }

  /** Draws the faults again when they change. The input of the form stays as it is. */
  update(robot: RobotState): void {
    this.#robot = robot;
    if (robot.faults === this.#drawnFaults) return;
    this.#drawnFaults = robot.faults;
    const items = robot.faults.map((fault, index) => this.#drawFault(fault, index));
    const empty = el("li", { class: "hint" }, this.#texts.noFaults);
    this.#list.replaceChildren(...(items.length > 0 ? items : [empty]));
  }

  #drawFault(fault: Fault, index: number): HTMLElement {
    const texts = this.#texts;
    const often =
      fault.share === undefined
        ? texts.nextLeft(fault.next ?? 0)
        : texts.shareOf(round(fault.share * 100));
    const remove = () => this.#set(this.#robot.faults.filter((_, other) => other !== index));
    return el(
      "li",
      { class: "fault" },
      icon("faults"),
      el(
        "span",
        { class: "fault-text" },
        el("strong", {}, describe(fault, texts)),
        el("span", { class: "hint" }, often),
      ),
      button({ class: "icon-button", "aria-label": texts.removeFault }, remove, icon("trash")),
    );
  }

  #set(faults: readonly Fault[]): void {
    void this.#status.report(setFaults(this.#robot.token, faults));
  }
}

function describe({ effect, hits }: Fault, texts: Texts): string {
  const name = texts.effects[effect.type];
  const what = detailOf(effect, texts);
  const where = hits === undefined ? "" : ` · ${texts.hitsOf[hits]}`;
  return (what === undefined ? name : `${name}: ${what}`) + where;
}

/** The value of an effect that takes one. */
function detailOf(effect: FaultEffect, texts: Texts): string | undefined {
  switch (effect.type) {
    case "errcode":
      return String(effect.errcode);
    case "http-status":
    case "handshake-status":
      return String(effect.status);
    case "delay":
    case "slow":
      return `${effect.delayMs} ms`;
    case "open-status":
      return texts.gatewayAnswers[effect.answer];
    case "garbage":
      return texts.garbages[effect.garbage];
    default:
      return undefined;
  }
}

/** The controls for a new fault: what happens, and how often. */
function faultControls(texts: Texts) {
  const effect = effectControls(texts);
  const amount = amountControls(texts);
  return {
    node: el("div", { class: "fieldset" }, ...effect.nodes, amount.node),
    read: (): Fault => ({ ...effect.read(), ...amount.read() }),
  };
}

/** A choice of the effect. An effect that takes values shows its own fields. */
function effectControls(texts: Texts) {
  const type = select(texts.effects, "errcode");
  const details = effectDetails(texts);
  const nodes: Readonly<Record<string, HTMLElement>> = details.nodes;
  const hits = select(texts.hitsOf, "message");
  const hitsField = field(texts.hits, hits);
  const showDetails = () => {
    hitsField.hidden = !hitsRequests(type.value);
    for (const node of Object.values(nodes)) node.hidden = node !== nodes[type.value];
  };
  type.addEventListener("change", showDetails);
  showDetails();
  return {
    nodes: [field(texts.effect, type), ...new Set(Object.values(nodes)), hitsField],
    read: (): Pick<Fault, "effect" | "hits"> => {
      const effect = details.read(chosenOf(texts.effects, type) ?? "hang");
      const isReply = hitsRequests(effect.type) && hits.value === "reply";
      return { effect, ...(isReply && { hits: "reply" }) };
    },
  };
}

/** Whether a fault hits requests with messages, so that the kind of request is to be chosen. */
function hitsRequests(type: string): boolean {
  return requestFaults.some((each) => each === type);
}

const requestFaults: readonly FaultEffect["type"][] = [
  "errcode",
  "http-status",
  "html",
  "delay",
  "hang",
  "reset",
  "truncated",
  "redirect",
  "lost-answer",
];

type GatewayAnswer = Extract<FaultEffect, { type: "open-status" }>["answer"];

/** The fields of the effects that take values. */
function effectDetails(texts: Texts) {
  const errcode = input(-1, { type: "number" });
  const errmsg = input("");
  const status = input(503, { type: "number" });
  const delay = input(3000, { type: "number" });
  const answer = select<GatewayAnswer>(texts.gatewayAnswers, "401");
  const garbage = select(texts.garbages, "no-json");
  const errcodeField = field(texts.errcode, errcode);
  const errmsgField = field(texts.errmsg, errmsg, texts.errmsgHint);
  const statusField = field(texts.httpStatus, status);
  const delayField = field(texts.delayMs, delay);
  const nodes = {
    errcode: el("div", { class: "field-pair" }, errcodeField, errmsgField),
    "http-status": statusField,
    "handshake-status": statusField,
    delay: delayField,
    slow: delayField,
    "open-status": field(texts.gatewayAnswer, answer),
    garbage: field(texts.garbage, garbage),
  };
  const read = (type: FaultEffect["type"]): FaultEffect => {
    switch (type) {
      case "errcode": {
        const text = errmsg.value.trim();
        return { type, errcode: errcode.valueAsNumber, ...(text && { errmsg: text }) };
      }
      case "http-status":
      case "handshake-status":
        return { type, status: status.valueAsNumber };
      case "delay":
      case "slow":
        return { type, delayMs: delay.valueAsNumber };
      case "open-status":
        return { type, answer: chosenOf<GatewayAnswer>(texts.gatewayAnswers, answer) ?? "401" };
      case "garbage":
        return { type, garbage: chosenOf(texts.garbages, garbage) ?? "no-json" };
      default:
        return { type };
    }
  };
  return { nodes, read };
}

/** The next requests, or a share of all requests in percent. */
function amountControls(texts: Texts) {
  const units = { next: texts.nextRequests, share: texts.shareOfRequests };
  const unit = select<"next" | "share">(units, "next");
  const amount = input(1, { type: "number", "aria-label": texts.appliesTo });
  return {
    node: el(
      "div",
      { class: "field-pair" },
      field(texts.appliesTo, unit),
      el("div", { class: "field field-bottom" }, amount),
    ),
    read: (): Omit<Fault, "effect"> => {
      const count = amount.valueAsNumber;
      return unit.value === "next" ? { next: count } : { share: count / 100 };
    },
  };
}

function round(percent: number): number {
  return Math.round(percent * 100) / 100;
}
