import type { RobotState } from "../api/types.ts";
import type { Context } from "./context.ts";
import type { Store } from "./data/store.ts";
import { button, el } from "./elements/dom.ts";
import { Drawer } from "./elements/drawer.ts";
import { RoomView } from "./room/room-view.ts";
import { Sidebar } from "./room/sidebar.ts";
import { UnmatchedBar } from "./room/unmatched-bar.ts";
import { readRoute, routeTo } from "./route.ts";
import { rememberLanguage } from "./texts/language.ts";
import { type Language, languages, type Texts, textsOf } from "./texts/texts.ts";

/** The whole page in one language. A change of the language makes a new one. */
export class App {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #sidebar: Sidebar;
  readonly #drawer: Drawer;
  readonly #unmatched: UnmatchedBar;
  readonly #place = el("div", { class: "room-place" });
  readonly #connection = el("span", { class: "connection", role: "status" });
  #room: RoomView | undefined;

  constructor(store: Store, language: Language, onLanguage: (language: Language) => void) {
    const texts = textsOf[language];
    this.#context = { store, language, texts };
    this.#sidebar = new Sidebar(this.#context);
    this.#drawer = new Drawer(texts.close);
    this.#unmatched = new UnmatchedBar(this.#context, (robot) => this.#goTo(robot));
    this.#sidebar.node.prepend(
      el(
        "div",
        { class: "brand" },
        el("img", { src: "icon.svg", alt: "", width: 28, height: 28 }),
        texts.productName,
      ),
    );
    this.#sidebar.node.append(
      el(
        "div",
        { class: "sidebar-foot" },
        this.#connection,
        apiLink(texts),
        languageSwitch(texts.language, language, onLanguage),
      ),
    );
    this.node = el(
      "div",
      { class: "app" },
      el("a", { class: "skip-link", href: "#log" }, texts.skipToMessages),
      this.#sidebar.node,
      el("div", { class: "room-column" }, this.#unmatched.node, this.#place),
      this.#drawer.node,
    );
    this.node.querySelector(".skip-link")?.addEventListener("click", (event) => {
      // The hash of the address names the room, and must not change to #log.
      event.preventDefault();
      document.getElementById("log")?.focus();
    });
  }

  /** Draws what has changed in the store or in the address. */
  update(): void {
    const { store, texts } = this.#context;
    if (!store.isLoaded) return;
    const route = readRoute(location.hash);
    const token = route.token ?? store.robots[0]?.token;
    const robot = token === undefined ? undefined : store.robot(token);
    this.#sidebar.update(token);
    this.#unmatched.update();
    if (robot === undefined) {
      this.#showNoRoom(token);
      return;
    }
    if (this.#room?.token !== robot.token)
      this.#enter(robot, { isForEntry: route.entryId !== undefined });
    this.#room?.update();
    this.#room?.openEntry(route.entryId);
    document.title = `${robot.token} · ${texts.productName}`;
  }

  /** Shows whether the page is connected to the sandbox. */
  setConnection(isLive: boolean): void {
    const { live, reconnecting } = this.#context.texts;
    this.#connection.textContent = isLive ? live : reconnecting;
    this.node.classList.toggle("is-live", isLive);
  }

  /** A result of a search leads to an entry: its room then shows what the same query finds. */
  #enter(robot: RobotState, { isForEntry }: { isForEntry: boolean }): void {
    this.#room?.leave();
    const room = new RoomView(this.#context, robot, this.#drawer);
    if (isForEntry && this.#room !== undefined) room.search(this.#room.query);
    this.#room = room;
    this.#place.replaceChildren(room.node);
  }

  /** The store learns of the robot at once, so that its room opens without a wait. */
  #goTo(robot: RobotState): void {
    this.#context.store.putRobot(robot);
    location.assign(routeTo(robot.token));
  }

  #showNoRoom(token: string | undefined): void {
    this.#room?.leave();
    this.#room = undefined;
    const { noRoom, roomUnknown, noRoomHint } = this.#context.texts;
    const title = token === undefined ? noRoom : roomUnknown(token);
    this.#place.replaceChildren(
      el("main", { class: "empty" }, el("h1", {}, title), el("p", {}, noRoomHint)),
    );
  }
}

function apiLink({ api, apiHint }: Texts): HTMLElement {
  const attributes = { class: "api-link", href: "/api/openapi.json", title: apiHint };
  return el("a", { ...attributes, target: "_blank", rel: "noopener", "aria-label": apiHint }, api);
}

function languageSwitch(
  label: string,
  current: Language,
  onLanguage: (language: Language) => void,
): HTMLElement {
  const buttons = languages.map((language) =>
    button(
      { class: "language", lang: language, "aria-pressed": String(language === current) },
      () => {
        rememberLanguage(language);
        onLanguage(language);
      },
      textsOf[language].languageName,
    ),
  );
  return el("div", { class: "languages", role: "group", "aria-label": label }, ...buttons);
}
