import type { Entry, RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { firstMessageCurl } from "../details/curl.ts";
import { Details } from "../details/details.ts";
import { copyFrom } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import type { Drawer } from "../elements/drawer.ts";
import { icon } from "../elements/icons.ts";
import { FoundBar } from "../log/found-bar.ts";
import { LogView } from "../log/log-view.ts";
import { ResultsView } from "../log/results-view.ts";
import { findAll, findsAll, type Query, search } from "../log/search.ts";
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
  readonly #found: FoundBar;
  readonly #results: ResultsView;
  #query = findAll;
  /** Whether the results of all rooms stand in place of the log. */
  #isEverywhere = false;
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
      onQuery: (query) => this.search(query),
    });
    this.#composer = new Composer(context, robot, () => this.#openHuman());
    this.#log = new LogView(context);
    this.#results = new ResultsView(context);
    this.#found = new FoundBar(context, () => {
      this.#isEverywhere = !this.#isEverywhere;
      this.#showEntries();
    });
    this.#empty = emptyRoom(context, robot);
    this.node = el(
      "main",
      { class: "room" },
      this.#head.node,
      this.#found.node,
      el(
        "div",
        { class: "log-frame" },
        this.#empty,
        this.#results.node,
        this.#log.node,
        this.#log.toNewest,
      ),
      this.#composer.node,
    );
  }

  /** Draws what has changed in the store. */
  update(): void {
    const { store } = this.#context;
    const robot = store.robot(this.token);
    if (robot === undefined) return;
    this.#head.update(robot, this.#entries());
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
    this.#reveal(id);
  }

  /** What the reader looks for now. */
  get query(): Query {
    return this.#query;
  }

  /** Shows only what a query finds. */
  search(query: Query): void {
    this.#query = query;
    this.#head.showQuery(query);
    if (findsAll(query)) this.#isEverywhere = false;
    this.#log.restart();
    this.#showEntries();
    if (findsAll(query) && this.#entryId !== undefined) this.#log.reveal(this.#entryId);
  }

  /** Scrolls to an entry in the log, also to one that the query has left out. */
  #reveal(id: string): void {
    this.#isEverywhere = false;
    const isFound = search(this.#entries(), this.#query).some((entry) => entry.id === id);
    if (isFound) this.#showEntries();
    else this.search(findAll);
    this.#log.reveal(id);
  }

  #entries(): readonly Entry[] {
    return [...this.#context.store.entries(this.token).values()];
  }

  /** Closes what the drawer shows of this room. The address stays: it names another room already. */
  leave(): void {
    this.#entryId = undefined;
    this.#drawer.close();
  }

  #showEntries(): void {
    const all = this.#entries();
    const entries = search(all, this.#query);
    this.#empty.hidden = all.length > 0 || this.#isEverywhere;
    this.#log.node.hidden = all.length === 0 || this.#isEverywhere;
    this.#results.node.hidden = !this.#isEverywhere;
    this.#log.show(entries);
    if (this.#isEverywhere) this.#log.toNewest.hidden = true;
    this.#showFound(entries.length);
  }

  /** All rooms are searched only while a query leaves something out. */
  #showFound(inRoom: number): void {
    if (findsAll(this.#query)) {
      this.#found.hide();
      return;
    }
    const isEverywhere = this.#isEverywhere;
    const everywhere = search(this.#context.store.allEntries(), this.#query);
    this.#found.show({ inRoom, inAllRooms: everywhere.length }, { isEverywhere });
    if (isEverywhere) this.#results.show(everywhere);
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
