import type { Entry, RobotState } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { routeTo } from "../route.ts";
import { digest, timeOfDay } from "../texts/format.ts";
import { roomAvatar } from "./room-avatar.ts";

/** The list of rooms, each with its newest entry and the number of unread ones. */
export class Sidebar {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #list = el("ul", { class: "rooms" });
  readonly #items = new Map<string, RoomItem>();
  /** The id of the newest entry that the reader has seen, by token. */
  readonly #seenIds = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
    this.node = el("nav", { class: "sidebar", "aria-label": context.texts.rooms }, this.#list);
  }

  /** Draws what has changed. `current` is the token of the room that is shown. */
  update(current: string | undefined): void {
    const { store, texts } = this.#context;
    this.#dropGone();
    for (const robot of store.robots) {
      const { token } = robot;
      const item = this.#items.get(token) ?? this.#add(robot);
      const entries = store.entries(token);
      const newest = [...entries.keys()].at(-1);
      const seen = this.#seenIds.get(token);
      if (token === current || seen === undefined) this.#seenIds.set(token, Number(newest ?? 0));
      item.update({
        latest: newest === undefined ? undefined : entries.get(newest),
        unread: token === current ? [] : entriesAfter(entries, seen),
        isCurrent: token === current,
        texts,
      });
    }
  }

  #add({ token }: RobotState): RoomItem {
    const item = new RoomItem(token);
    this.#items.set(token, item);
    this.#list.append(item.node);
    return item;
  }

  #dropGone(): void {
    for (const [token, { node }] of this.#items) {
      if (this.#context.store.robot(token) !== undefined) continue;
      node.remove();
      this.#items.delete(token);
    }
  }
}

function entriesAfter(entries: ReadonlyMap<string, Entry>, seen: number | undefined): Entry[] {
  if (seen === undefined) return [];
  return [...entries.values()].filter(({ id }) => Number(id) > seen);
}

interface RoomNews {
  readonly latest: Entry | undefined;
  readonly unread: readonly Entry[];
  readonly isCurrent: boolean;
  readonly texts: Context["texts"];
}

class RoomItem {
  readonly node: HTMLElement;
  readonly #link: HTMLAnchorElement;
  readonly #latest = el("span", { class: "room-latest" });
  readonly #time = el("time", { class: "room-time" });
  readonly #unread = el("span", { class: "unread", hidden: true });
  #drawn: Entry | undefined;

  constructor(token: string) {
    this.#link = el(
      "a",
      { class: "room-link", href: routeTo(token) },
      roomAvatar(token),
      el("span", { class: "room-name" }, token),
      this.#time,
      this.#latest,
      this.#unread,
    );
    this.node = el("li", {}, this.#link);
  }

  update({ latest, unread, isCurrent, texts }: RoomNews): void {
    if (isCurrent) this.#link.setAttribute("aria-current", "page");
    else this.#link.removeAttribute("aria-current");
    this.#updateUnread(unread, texts);
    if (latest === this.#drawn && this.#latest.textContent !== "") return;
    this.#drawn = latest;
    const said = latest === undefined ? texts.emptyTitle : digest(latest);
    this.#latest.replaceChildren(...markOf(latest, texts), said);
    this.#time.textContent = latest === undefined ? "" : timeOfDay(latest.receivedAt).slice(0, 5);
  }
  #updateUnread(unread: readonly Entry[], texts: Context["texts"]): void {
    const { length } = unread;
    const notAccepted = unread.filter(({ outcome }) => outcome !== "accepted").length;
    const label = length > 99 ? "99+" : String(length);
    const spoken =
      notAccepted === 0 ? texts.unread(length) : texts.unreadRefused(length, notAccepted);
    this.#unread.hidden = length === 0;
    this.#unread.classList.toggle("unread-refused", notAccepted > 0);
    if (this.#unread.textContent !== label) this.#unread.textContent = label;
    this.#unread.setAttribute("aria-label", spoken);
    this.#unread.title = spoken;
  }
}

/** The mark of an entry that did not get into the group. */
function markOf(entry: Entry | undefined, texts: Context["texts"]): HTMLElement[] {
  if (entry === undefined || entry.outcome === "accepted") return [];
  const word = texts[entry.outcome];
  return [
    el(
      "span",
      { class: `mark mark-${entry.outcome}`, title: word },
      icon(entry.outcome === "refused" ? "refused" : "faults"),
      el("span", { class: "visually-hidden" }, `${word} `),
    ),
  ];
}
