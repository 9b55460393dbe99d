import type { Entry, RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { clearRoom } from "../data/api.ts";
import { copyFrom, noticeAfter } from "../elements/clipboard.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import type { Query } from "../log/search.ts";
import { routeTo } from "../route.ts";
import { roomAvatar } from "./room-avatar.ts";
import { RoomTools } from "./room-tools.ts";

const confirmMs = 4000;

/** What the buttons, the search field and the choice of an outcome do. */
interface RoomActions {
  readonly openRules: () => void;
  readonly openFaults: () => void;
  readonly onQuery: (query: Query) => void;
}

/** The head of a room: its name, the rules in short, and buttons. */
export class RoomHead {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #token: string;
  readonly #badges = el("span", { class: "badges" });
  readonly #title = el("span", { class: "room-title-sub" });
  readonly #switch: HTMLSelectElement;
  readonly #tools: RoomTools;
  readonly #penalty: HTMLElement;
  #drawn: RobotState | undefined;

  constructor(context: Context, { token }: RobotState, actions: RoomActions) {
    const { texts } = context;
    this.#context = context;
    this.#token = token;
    this.#switch = el("select", { class: "room-switch", "aria-label": texts.switchRoom });
    this.#switch.addEventListener("change", () => location.assign(routeTo(this.#switch.value)));
    this.#tools = new RoomTools(texts, actions.onQuery);
    this.#penalty = el("p", { class: "penalty-banner", role: "status", hidden: true });
    this.node = el(
      "header",
      { class: "room-head" },
      el(
        "div",
        { class: "room-bar" },
        roomAvatar(token),
        el(
          "div",
          { class: "room-title" },
          el(
            "div",
            { class: "room-name-line" },
            el("h1", { title: token }, token),
            this.#switch,
            this.#title,
            this.#badges,
          ),
          addressLine(texts, token),
        ),
        this.#tools.node,
        el("div", { class: "room-actions" }, ...roomButtons(texts, token, actions)),
      ),
      this.#penalty,
    );
  }

  /** Writes a query into the search field and the choice of an outcome. */
  showQuery(query: Query): void {
    this.#tools.show(query);
  }

  /** Draws what has changed in the robot, its entries and the list of rooms. */
  update(robot: RobotState, entries: readonly Entry[]): void {
    this.#tools.update(entries);
    this.#updateSwitch();
    if (robot === this.#drawn) return;
    this.#drawn = robot;
    const { texts } = this.#context;
    const { conversationTitle } = robot.human;
    this.#title.textContent = conversationTitle === robot.token ? "" : conversationTitle;
    this.#badges.replaceChildren(
      ...badgesOf(texts, robot).map((badge) => el("span", { class: "badge" }, ...badge)),
    );
    this.#updatePenalty(robot);
  }

  #updatePenalty({ penaltyEndsAt, token }: RobotState): void {
    this.#penalty.replaceChildren();
    this.#penalty.hidden = true;
    if (penaltyEndsAt === null) return;
    const clock = el("span", {
      class: "countdown",
      "data-ends-at": Date.parse(penaltyEndsAt),
      "data-token": token,
      "aria-live": "off",
    });
    this.#penalty.append(icon("refused"), `${this.#context.texts.throttledFor} `, clock);
  }

  #updateSwitch(): void {
    const tokens = this.#context.store.robots.map(({ token }) => token);
    if (tokens.length !== this.#switch.options.length) {
      this.#switch.replaceChildren(...tokens.map((token) => el("option", { value: token }, token)));
    }
    this.#switch.value = this.#token;
  }
}

function badgesOf(texts: Context["texts"], { rules, faults }: RobotState): (Node | string)[][] {
  return [
    ...(rules.secret === null ? [] : [[icon("lock"), texts.signed]]),
    ...(rules.keywords.length === 0 ? [] : [[texts.keywordsBadge(rules.keywords.length)]]),
    ...(rules.allowedIps.length === 0 ? [] : [[texts.ipsBadge]]),
    ...(faults.length === 0 ? [] : [[icon("faults"), texts.faultsBadge(faults.length)]]),
    [texts.perMinute(rules.messagesPerMinute)],
  ];
}

/** The robot's address as a sender needs it, and a button that copies it. */
function addressLine(texts: Context["texts"], token: string): HTMLElement {
  const address = `${location.origin}/robot/send?access_token=${encodeURIComponent(token)}`;
  const copy = button(
    { class: "quiet-button", "aria-label": texts.copyAddress, title: texts.copyAddress },
    () => void copyFrom(copy, address, texts),
    icon("copy"),
  );
  const shown = el("code", { title: address }, address);
  return el(
    "div",
    { class: "room-address", role: "group", "aria-label": texts.address },
    shown,
    copy,
  );
}

function roomButtons(
  texts: Context["texts"],
  token: string,
  { openRules, openFaults }: RoomActions,
): HTMLElement[] {
  return [
    button({ class: "button" }, openRules, icon("rules"), el("span", {}, texts.rules)),
    button({ class: "button" }, openFaults, icon("faults"), el("span", {}, texts.faults)),
    downloadLink(texts, token),
    clearButton(texts, token),
  ];
}

/** The link that saves all entries of the room as the API gives them, with secrets masked. */
function downloadLink(texts: Context["texts"], token: string): HTMLElement {
  return el(
    "a",
    {
      class: "icon-button",
      href: `/api/entries?token=${encodeURIComponent(token)}`,
      download: `${token}.json`,
      "aria-label": texts.download,
      title: texts.download,
    },
    icon("download"),
  );
}

/** The button that clears a room. A second click has to confirm, because cleared entries are gone. */
function clearButton(texts: Context["texts"], token: string): HTMLElement {
  const element = button(
    { class: "icon-button", "aria-label": texts.clear, title: texts.clear },
    () => {
      if (element.classList.contains("confirming")) {
        calm();
        clearRoom(token).catch(() => noticeAfter(element, texts.failed(texts.noConnection)));
        return;
      }
      element.classList.add("confirming");
      element.setAttribute("aria-label", texts.clearConfirm);
      element.append(el("span", {}, texts.clearConfirm));
      setTimeout(calm, confirmMs);
    },
    icon("trash"),
  );
  const calm = () => {
    element.classList.remove("confirming");
    element.setAttribute("aria-label", texts.clear);
    element.querySelector("span")?.remove();
  };
  return element;
}
