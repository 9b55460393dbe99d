import type { Entry } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { button, el } from "../elements/dom.ts";
import { icon } from "../elements/icons.ts";
import { drawEntry } from "./entry-view.ts";

/** How many entries are drawn at first, and how many more whenever the reader scrolls to the top. */
const pageSize = 80;
const nearPx = 80;

/** A range of ids as numbers; both ends are included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

interface Drawn {
  readonly entry: Entry;
  readonly node: HTMLElement;
}

/**
 * The entries of a room. Only some of them are drawn: the newest ones while the reader is at the end,
 * otherwise a range around the place that the reader has scrolled to. A drawn entry stays until it
 * changes or leaves the room, so that a frame costs only what is new.
 */
export class LogView {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #list: HTMLElement;
  readonly #toNewest: HTMLButtonElement;
  readonly #drawn = new Map<string, Drawn>();
  #entries: readonly Entry[] = [];
  /** The drawn range while the reader is not at the end; undefined draws the newest entries. */
  #range: Range | undefined;
  #newestSeenId = 0;

  constructor(context: Context) {
    this.#context = context;
    const { messages } = context.texts;
    this.#list = el("div", {
      class: "log-list",
      role: "log",
      "aria-label": messages,
      "aria-live": "polite",
    });
    this.#toNewest = button({ class: "to-newest", hidden: true }, () => this.#goToNewest());
    const scroller = el("div", {
      class: "log",
      id: "log",
      tabindex: 0,
    });
    scroller.append(this.#list);
    scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.node = scroller;
    // An open drawer takes half of the width and makes the log longer. A reader at the end stays there.
    new ResizeObserver(() => {
      this.#stayAtEnd();
      this.#sayWhatIsNew();
    }).observe(scroller);
  }

  /** The button that leads to the newest entry. It stands outside the part that scrolls. */
  get toNewest(): HTMLElement {
    return this.#toNewest;
  }

  /** Shows these entries; draws what is new or changed. */
  show(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#draw();
    this.#stayAtEnd();
    this.#sayWhatIsNew();
  }

  /** Goes back to the newest entries, because other ones are about to be shown. */
  restart(): void {
    this.#range = undefined;
  }

  /** Scrolls to an entry, and draws it if needed. */
  reveal(id: string): void {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    if (index === -1) return;
    const isDrawn = index >= this.#entries.length - pageSize;
    if (!isDrawn) this.#drawRange(index - pageSize / 2, index + pageSize / 2);
    for (const { entry, node } of this.#drawn.values()) {
      node.classList.toggle("entry-current", entry.id === id);
    }
    this.#drawn.get(id)?.node.scrollIntoView({ block: "nearest" });
    this.#onScroll();
  }

  #window(): readonly Entry[] {
    const range = this.#range;
    const kept = this.#entries.filter(({ id }) => isWithin(range, Number(id)));
    // The whole range has left the room: the newest entries are shown instead.
    if (kept.length === 0) this.#range = undefined;
    return this.#range === undefined ? this.#entries.slice(-pageSize) : kept;
  }

  #draw(): void {
    const shown = this.#window();
    this.#dropAllBut(new Set(shown.map(({ id }) => id)));
    let cursor = this.#list.firstElementChild;
    for (const entry of shown) {
      const { node } = this.#drawn.get(entry.id) ?? this.#drawNew(entry, cursor);
      const current = this.#redrawIfChanged(entry, node);
      cursor = current.nextElementSibling;
    }
  }

  #drawNew(entry: Entry, before: Element | null): Drawn {
    const drawn = { entry, node: drawEntry(this.#context, entry) };
    this.#list.insertBefore(drawn.node, before);
    this.#drawn.set(entry.id, drawn);
    return drawn;
  }

  #redrawIfChanged(entry: Entry, node: HTMLElement): HTMLElement {
    if (this.#drawn.get(entry.id)?.entry === entry) return node;
    const fresh = drawEntry(this.#context, entry);
    node.replaceWith(fresh);
    this.#drawn.set(entry.id, { entry, node: fresh });
    return fresh;
  }

  #dropAllBut(ids: ReadonlySet<string>): void {
    for (const [id, { node }] of this.#drawn) {
      if (ids.has(id)) continue;
      node.remove();
      this.#drawn.delete(id);
    }
  }

  #onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.node;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < nearPx;
    const newest = Number(this.#entries.at(-1)?.id ?? 0);
    if (isAtEnd && (this.#range?.last ?? newest) >= newest) this.#range = undefined;
    else if (this.#range === undefined) this.#range = rangeOf(this.#window());
    else if (isAtEnd) this.#drawLater(this.#range);
    if (this.#range !== undefined && scrollTop < nearPx) this.#drawEarlier(this.#range);
    this.#sayWhatIsNew();
  }

  #drawLater({ first, last }: Range): void {
    const [from, to] = [this.#indexOf(first), this.#indexOf(last)];
    this.#drawRange(from, to + pageSize);
  }

  #drawEarlier({ first, last }: Range): void {
    const from = this.#indexOf(first);
    if (from <= 0) return;
    const heightBelow = this.node.scrollHeight - this.node.scrollTop;
    this.#drawRange(from - pageSize, this.#indexOf(last));
    this.node.scrollTop = this.node.scrollHeight - heightBelow;
  }

  #drawRange(from: number, to: number): void {
    this.#range = rangeOf(this.#entries.slice(Math.max(0, from), to + 1));
    this.#draw();
  }

  /** The index of an entry; if it has left the room, the index of the next one. */
  #indexOf(id: number): number {
    const index = this.#entries.findIndex((entry) => Number(entry.id) >= id);
    return index === -1 ? this.#entries.length - 1 : index;
  }

  #goToNewest(): void {
    this.#range = undefined;
    this.#draw();
    this.#stayAtEnd();
    this.#sayWhatIsNew();
    this.node.focus();
  }

  #stayAtEnd(): void {
    if (this.#range === undefined) this.node.scrollTop = this.node.scrollHeight;
  }

  #sayWhatIsNew(): void {
    const newest = Number(this.#entries.at(-1)?.id ?? 0);
    const isInView = this.#range === undefined || this.#isInView(String(newest));
    this.#toNewest.hidden = isInView;
    if (isInView) {
      this.#newestSeenId = newest;
      return;
    }
    const { texts } = this.#context;
    const count = this.#entries.filter(({ id }) => Number(id) > this.#newestSeenId).length;
    const label = count === 0 ? texts.toNewest : texts.newMessages(count);
    if (this.#toNewest.textContent !== label) this.#toNewest.replaceChildren(icon("down"), label);
  }

  /** Whether the reader sees the beginning of an entry, or has scrolled past it. */
  #isInView(id: string): boolean {
    const drawn = this.#drawn.get(id)?.node;
    if (drawn === undefined) return this.#entries.length === 0;
    return drawn.getBoundingClientRect().top < this.node.getBoundingClientRect().bottom;
  }
}

function rangeOf(entries: readonly Entry[]): Range {
  return { first: Number(entries[0]?.id ?? 0), last: Number(entries.at(-1)?.id ?? 0) };
}

function isWithin(range: Range | undefined, id: number): boolean {
  return range !== undefined && id >= range.first && id <= range.last;
}
