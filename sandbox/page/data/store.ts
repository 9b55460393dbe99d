import type { Cleared, Entry, RobotState, Snapshot, Unmatched } from "../../api/types.ts";

const noEntries: ReadonlyMap<string, Entry> = new Map();

/**
 * What the page knows of the sandbox: the robots, and the last entries of each room. The store may
 * change a thousand times a second. So it reports only that it changed, and the page is drawn once a
 * frame.
 */
export class Store {
  readonly #robots = new Map<string, RobotState>();
  readonly #rooms = new Map<string, Map<string, Entry>>();
  readonly #onChange: () => void;
  #unmatched: readonly Unmatched[] = [];
  #maxEntries = 1000;
  #clockAheadMs = 0;
  #isLoaded = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** False until the first snapshot. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get robots(): readonly RobotState[] {
    return [...this.#robots.values()];
  }

  /** Requests that found no room, the one with the newest request last. */
  get unmatched(): readonly Unmatched[] {
    return this.#unmatched;
  }

  robot(token: string): RobotState | undefined {
    return this.#robots.get(token);
  }

  /** The entries of a room by their ids, in the order of the ids. */
  entries(token: string): ReadonlyMap<string, Entry> {
    return this.#rooms.get(token) ?? noEntries;
  }

  /** The entries of all rooms, in the order of their ids. */
  allEntries(): readonly Entry[] {
    const all = [...this.#rooms.values()].flatMap((room) => [...room.values()]);
    return all.sort((one, other) => Number(one.id) - Number(other.id));
  }

  /** The sandbox's time in milliseconds since 1970. The browser's clock may differ from it. */
  now(): number {
    return Date.now() + this.#clockAheadMs;
  }

  /** Replaces everything. */
  reset({ now, maxEntries, unmatched, robots, entries }: Snapshot): void {
    this.#clockAheadMs = Date.parse(now) - Date.now();
    this.#maxEntries = maxEntries;
    this.#unmatched = unmatched;
    this.#robots.clear();
    this.#rooms.clear();
    for (const robot of robots) this.#robots.set(robot.token, robot);
    for (const entry of entries) this.#put(entry);
    this.#isLoaded = true;
    this.#onChange();
  }

  putEntry(entry: Entry): void {
    this.#put(entry);
    this.#onChange();
  }

  putRobot(robot: RobotState): void {
    this.#robots.set(robot.token, robot);
    this.#onChange();
  }

  putUnmatched(unmatched: readonly Unmatched[]): void {
    this.#unmatched = unmatched;
    this.#onChange();
  }

  clear({ token, upToId }: Cleared): void {
    const room = this.#rooms.get(token);
    for (const id of room?.keys() ?? []) {
      if (Number(id) <= Number(upToId)) room?.delete(id);
    }
    this.#onChange();
  }

  #put(entry: Entry): void {
    const room = this.#rooms.get(entry.token) ?? new Map<string, Entry>();
    this.#rooms.set(entry.token, room);
    const [oldest] = room.keys();
    const isFull = room.size >= this.#maxEntries && !room.has(entry.id);
    // A change of an entry that has left the room does not bring the entry back.
    if (isFull && Number(entry.id) < Number(oldest)) return;
    room.set(entry.id, entry);
    if (isFull && oldest !== undefined) room.delete(oldest);
  }
}
