import type { RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { firstMessageCurl } from "../details/curl.ts";
import { Details } from "../details/details.ts";
import { copyFrom } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import type { Drawer } from "../elements/drawer.ts";
import { icon } from "../elements/icons.ts";
import { LogView } from "../log/log-view.ts";
import { search } from "../log/search.ts";
import { replaceRoute, routeTo } from "../route.ts";
import { FaultsForm } from "../settings/faults-form.ts";
import { HumanForm } from "../settings/human-form.ts";
import { rulesForm } from "../settings/rules-form.ts";
import { Composer } from "./composer.ts";
import { RoomHead } from "./room-head.ts";

/** The room of one robot: head, log, composer, and what the drawer shows for it. */
export class RoomView {
  readonly node: HTMLElement;
  readonly token: string;
  readonly #context: Context;
  readonly #drawer: Drawer;
  readonly #head: RoomHead;
  readonly #composer: Composer;
  readonly #log: LogView;
  readonly #empty: HTMLElement;
  readonly #found = el("p", { class: "search-result", role: "status", hidden: true });
  #searched = "";
  #entryId: string | undefined;
  #details: Details | undefined;
  #faults: FaultsForm | undefined;
  #human: HumanForm | undefined;

  constructor(context: Context, robot: RobotState, drawer: Drawer) {
    this.token = robot.token;
    this.#context = context;
    this.#drawer = drawer;
    this.#head = new RoomHead(context, robot, {
      openRules: () => this.#openRules(),
      openFaults: () => this.#openFaults(),
      onSearch: (text) => this.#search(text),
    });
    this.#composer = new Composer(context, robot, () => this.#openHuman());
    this.#log = new LogView(context);
    this.#empty = emptyRoom(context, robot);
    this.node = el(
      "main",
      { class: "room" },
      this.#head.node,
      this.#found,
      el("div", { class: "log-frame" }, this.#empty, this.#log.node, this.#log.toNewest),
      this.#composer.node,
    );
  }

  /** Draws what has changed in the store. */
  update(): void {
    const { store } = this.#context;
    const robot = store.robot(this.token);
    if (robot === undefined) return;
    this.#head.update(robot);
    this.#composer.update(robot);
    this.#faults?.update(robot);
    this.#human?.update(robot);
    this.#showEntries();
    if (this.#entryId !== undefined) {
      this.#details?.show(store.entries(this.token).get(this.#entryId));
    }
  }

  /** Opens the details of an entry; undefined closes them. */
  openEntry(id: string | undefined): void {
    if (id === this.#entryId) return;
    const wasOpen = this.#entryId !== undefined;
    this.#entryId = id;
    if (id === undefined) {
      if (wasOpen) this.#drawer.close();
      return;
    }
    this.#details ??= new Details(this.#context);
    this.#details.show(this.#context.store.entries(this.token).get(id));
    this.#open(this.#context.texts.detailsOf(id), this.#details.node, () => {
      if (this.#entryId === undefined) return;
      this.#entryId = undefined;
      replaceRoute(routeTo(this.token));
    });
    this.#log.reveal(id);
  }

  #showEntries(): void {
    const all = [...this.#context.store.entries(this.token).values()];
    const entries = search(all, this.#searched);
    this.#empty.hidden = all.length > 0;
    this.#log.node.hidden = all.length === 0;
    this.#log.show(entries);
    const { texts } = this.#context;
    const count = entries.length;
    const found = count === 0 ? texts.nothingFound : texts.found(count);
    this.#found.hidden = this.#searched === "";
    if (this.#found.textContent !== found) this.#found.textContent = found;
  }

  #search(text: string): void {
    this.#searched = text.trim();
    this.#showEntries();
  }

  #openRules(): void {
    const robot = this.#context.store.robot(this.token);
    if (robot === undefined) return;
    this.#leaveEntry();
    this.#open(this.#context.texts.rules, rulesForm(this.#context, robot));
  }

  #openFaults(): void {
    const robot = this.#context.store.robot(this.token);
    if (robot === undefined) return;
    this.#leaveEntry();
    this.#faults = new FaultsForm(this.#context, robot);
    this.#open(this.#context.texts.faults, this.#faults.node, () => {
      this.#faults = undefined;
    });
  }

  #openHuman(): void {
    const robot = this.#context.store.robot(this.token);
    if (robot === undefined) return;
    this.#leaveEntry();
    this.#human = new HumanForm(this.#context, robot);
    this.#open(this.#context.texts.humanSettings, this.#human.node, () => {
      this.#human = undefined;
    });
  }

  /** Takes the entry out of the address, because the drawer is about to show something else. */
  #leaveEntry(): void {
    if (this.#entryId === undefined) return;
    this.#entryId = undefined;
    replaceRoute(routeTo(this.token));
  }

  #open(title: string, content: Node, onClosed?: () => void): void {
    this.#drawer.open(title, content, onClosed);
  }
}

function emptyRoom({ texts, language }: Context, robot: RobotState): HTMLElement {
  const command = firstMessageCurl(
    robot,
    location.origin,
    language === "zh" ? "你好，沙箱" : "Hello, sandbox",
  );
  const copy = button(
    { class: "quiet-button copy-corner" },
    () => void copyFrom(copy, command, texts),
    icon("copy"),
    texts.copy,
  );
  return el(
    "section",
    { class: "empty" },
    el("span", { class: "empty-mark" }, icon("robot")),
    el("h2", {}, texts.emptyTitle),
    el("p", {}, texts.emptyText),
    el("div", { class: "code-block" }, copy, el("pre", { tabindex: 0 }, command)),
    el("p", { class: "hint" }, texts.emptyOthers),
  );
}
