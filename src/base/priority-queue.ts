interface Entry<T> {
  readonly item: T;
  readonly priority: number;
}

/** Items by a number, the lowest first. Every change costs the logarithm of the size: a binary heap. */
export class PriorityQueue<T> {
  readonly #entries: Entry<T>[] = [];
  readonly #places = new Map<T, number>();

  /** How many items there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** The item with the lowest number. */
  get first(): T | undefined {
    return this.#entries[0]?.item;
  }

  /** The lowest number. */
  get firstPriority(): number | undefined {
    return this.#entries[0]?.priority;
  }

  /** Adds an item, or gives it another number. */
  set(item: T, priority: number): void {
    this.delete(item);
    this.#rise(this.#entries.length, { item, priority });
  }

  /** Takes an item out, if it is there. */
  delete(item: T): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    const last = this.#entries.pop();
    if (last === undefined || last.item === item) return;
    this.#sink(this.#rise(place, last), last);
  }

  /** Moves an entry up from a free place. @returns where it is now */
  #rise(place: number, entry: Entry<T>): number {
    let at = place;
    while (at > 0) {
      const above = Math.floor((at - 1) / 2);
      const parent = this.#entries[above];
      if (parent === undefined || parent.priority <= entry.priority) break;
      this.#put(at, parent);
      at = above;
    }
    this.#put(at, entry);
    return at;
  }

  #sink(place: number, entry: Entry<T>): void {
    let at = place;
    for (;;) {
      const below = this.#lowerChildOf(at);
      const child = this.#entries[below];
      if (child === undefined || child.priority >= entry.priority) break;
      this.#put(at, child);
      at = below;
    }
    this.#put(at, entry);
  }

  #lowerChildOf(place: number): number {
    const left = 2 * place + 1;
    const [one, other] = [this.#entries[left], this.#entries[left + 1]];
    return one !== undefined && other !== undefined && other.priority < one.priority
      ? left + 1
      : left;
  }

  #put(place: number, entry: Entry<T>): void {
    this.#entries[place] = entry;
    this.#places.set(entry.item, place);
  }
}
