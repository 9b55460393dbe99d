/** Items in the order of their arrival. Each operation takes constant time, however many wait. */
export class Fifo<T extends object> {
  readonly #items = new Set<T>();
  #first: T | undefined;
  /** Goes on behind the first item. A new iterator would step over every item that left before. */
  #rest = this.#items.values();

  get size(): number {
    return this.#items.size;
  }

  /** The item that came before all others. */
  get first(): T | undefined {
    while (this.#first === undefined && this.#items.size > 0) {
      const { value, done } = this.#rest.next();
      if (done === true) this.#rest = this.#items.values();
      else this.#first = value;
    }
    return this.#first;
  }

  add(item: T): void {
    this.#items.add(item);
  }

  /** @returns whether the item was there */
  delete(item: T): boolean {
    if (item === this.#first) this.#first = undefined;
    return this.#items.delete(item);
  }

  /** All items, which may be deleted meanwhile. */
  values(): Iterable<T> {
    return this.#items.values();
  }
}
