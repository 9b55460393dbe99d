import type { Context } from "./context.ts";
import type { Store } from "./data/store.ts";
import { button, el } from "./elements/dom.ts";
import { Drawer } from "./elements/drawer.ts";
import { RoomView } from "./room/room-view.ts";
import { Sidebar } from "./room/sidebar.ts";
import { readRoute } from "./route.ts";
import { rememberLanguage } from "./texts/language.ts";
import { type Language, languages, textsOf } from "./texts/texts.ts";

/** The whole page in one language. A change of the language makes a new one. */
export class App {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #sidebar: Sidebar;
  readonly #drawer: Drawer;
  readonly #place = el("div", { class: "room-place" });
  readonly #connection = el("span", { class: "connection", role: "status" });
  #room: RoomView | undefined;

  constructor(store: Store, language: Language, onLanguage: (language: Language) => void) {
    const texts = textsOf[language];
    this.#context = { store, language, texts };
    this.#sidebar = new Sidebar(this.#context);
    this.#drawer = new Drawer(texts.close);
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
        languageSwitch(texts.language, language, onLanguage),
      ),
    );
    this.node = el(
      "div",
      { class: "app" },
      el("a", { class: "skip-link", href: "#log" }, texts.skipToMessages),
      this.#sidebar.node,
      this.#place,
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
    if (robot === undefined) {
      this.#showNoRoom(token === undefined ? texts.noRoom : texts.roomUnknown(token));
      return;
    }
    if (this.#room?.token !== robot.token)
      this.#enter(new RoomView(this.#context, robot, this.#drawer));
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

  #enter(room: RoomView): void {
    this.#drawer.close();
    this.#room = room;
    this.#place.replaceChildren(room.node);
  }

  #showNoRoom(title: string): void {
    this.#room = undefined;
    const { noRoomHint } = this.#context.texts;
    this.#place.replaceChildren(
      el("main", { class: "empty" }, el("h1", {}, title), el("p", {}, noRoomHint)),
    );
  }
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
