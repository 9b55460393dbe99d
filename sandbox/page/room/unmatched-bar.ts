import type { RobotState, Unmatched } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { ApiFailure, forgetUnmatched, makeRobotFor } from "../data/api.ts";
import { noticeAfter } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { timeOfDay } from "../texts/format.ts";

interface Row {
  readonly node: HTMLElement;
  readonly said: HTMLElement;
}

/** The requests that found no room, each with a button that makes the robot. */
export class UnmatchedBar {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #list = el("ul", { class: "unmatched-list", "aria-live": "polite" });
  readonly #onMade: (robot: RobotState) => void;
  readonly #rows = new Map<string, Row>();

  /** @param onMade is called with a robot that the reader has made */
  constructor(context: Context, onMade: (robot: RobotState) => void) {
    const { texts } = context;
    this.#context = context;
    this.#onMade = onMade;
    const forget = button(
      { class: "icon-button", "aria-label": texts.forgetUnmatched, title: texts.forgetUnmatched },
      () => void this.#try(forget, forgetUnmatched()),
      icon("close"),
    );
    this.node = el(
      "section",
      { class: "unmatched", "aria-label": texts.unmatched, hidden: true },
      this.#list,
      forget,
    );
  }

  /**
   * Draws the rows that are new or changed. A row stays where it first stood, newer ones above it, so
   * that it keeps the focus and does not move under the reader's pointer.
   */
  update(): void {
    const { store, texts } = this.#context;
    const { unmatched } = store;
    this.node.hidden = unmatched.length === 0;
    const ids = new Set(unmatched.map(({ id }) => id));
    for (const [id, { node }] of this.#rows) {
      if (ids.has(id)) continue;
      node.remove();
      this.#rows.delete(id);
    }
    for (const each of unmatched) {
      const { said } = this.#rows.get(each.id) ?? this.#add(each);
      const words = sayUnmatched(texts, each);
      if (said.textContent !== words) said.textContent = words;
    }
  }

  #add(unmatched: Unmatched): Row {
    const { texts } = this.#context;
    const { id, token, errmsg, via } = unmatched;
    const make = button(
      { class: "button", "aria-label": texts.makeRobotFor(token ?? "") },
      () => void this.#make(make, unmatched),
      texts.makeRobot,
    );
    const said = el("span", { class: "unmatched-text", title: errmsg });
    // A known Client ID has its robot already.
    const isNew = token !== null && via !== "stream-secret" && via !== "stream-mode";
    const node = el("li", {}, icon("refused"), said, isNew && make);
    this.#list.prepend(node);
    const row = { node, said };
    this.#rows.set(id, row);
    return row;
  }

  async #make(control: HTMLElement, unmatched: Unmatched): Promise<void> {
    const robot = await this.#try(control, makeRobotFor(unmatched));
    if (robot !== undefined) this.#onMade(robot);
  }

  async #try<T>(control: HTMLElement, change: Promise<T>): Promise<T | undefined> {
    const { texts } = this.#context;
    try {
      return await change;
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      noticeAfter(control, texts.failed(error.reason || texts.noConnection));
      return undefined;
    }
  }
}

function sayUnmatched(texts: Context["texts"], { via, token, count, lastAt }: Unmatched): string {
  const tokenless = via === "session-webhook" ? texts.unknownSession : texts.missingToken;
  const what = token === null ? tokenless : texts.unmatchedBy[via](token);
  return texts.countedAt(what, count, timeOfDay(lastAt));
}
