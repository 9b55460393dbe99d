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
        el("strong", {}, describe(fault.effect, texts)),
        el("span", { class: "hint" }, often),
      ),
      button({ class: "icon-button", "aria-label": texts.removeFault }, remove, icon("trash")),
    );
  }

  #set(faults: readonly Fault[]): void {
    void this.#status.report(setFaults(this.#robot.token, faults));
  }
}

function describe(effect: FaultEffect, texts: Texts): string {
  const name = texts.effects[effect.type];
  if (effect.type === "errcode") return `${name}: ${effect.errcode}`;
  if (effect.type === "http-status") return `${name}: ${effect.status}`;
  return effect.type === "delay" ? `${name}: ${effect.delayMs} ms` : name;
}

function faultControls(texts: Texts) {
  const type = select(texts.effects, "errcode");
  const errcode = input(-1, { type: "number" });
  const errmsg = input("");
  const status = input(503, { type: "number" });
  const delay = input(3000, { type: "number" });
  const unit = select<"next" | "share">(
    { next: texts.nextRequests, share: texts.shareOfRequests },
    "next",
  );
  const amount = input(1, { type: "number", "aria-label": texts.appliesTo });
  const details: Readonly<Record<string, HTMLElement>> = {
    errcode: el(
      "div",
      { class: "field-pair" },
      field(texts.errcode, errcode),
      field(texts.errmsg, errmsg, texts.errmsgHint),
    ),
    "http-status": field(texts.httpStatus, status),
    delay: field(texts.delayMs, delay),
  };
  const showDetails = () => {
    for (const [name, node] of Object.entries(details)) node.hidden = name !== type.value;
  };
  type.addEventListener("change", showDetails);
  showDetails();

  function readEffect(): FaultEffect {
    const text = errmsg.value.trim();
    const chosen = chosenOf(texts.effects, type) ?? "hang";
    switch (chosen) {
      case "errcode":
        return { type: chosen, errcode: errcode.valueAsNumber, ...(text && { errmsg: text }) };
      case "http-status":
        return { type: chosen, status: status.valueAsNumber };
      case "delay":
        return { type: chosen, delayMs: delay.valueAsNumber };
      default:
        return { type: chosen };
    }
  }

  return {
    node: el(
      "div",
      { class: "fieldset" },
      field(texts.effect, type),
      ...Object.values(details),
      el(
        "div",
        { class: "field-pair" },
        field(texts.appliesTo, unit),
        el("div", { class: "field field-bottom" }, amount),
      ),
    ),
    read(): Fault {
      const effect = readEffect();
      const count = amount.valueAsNumber;
      return unit.value === "next" ? { effect, next: count } : { effect, share: count / 100 };
    },
  };
}

function round(percent: number): number {
  return Math.round(percent * 100) / 100;
}
