import type { Entry } from "../api/types.ts";
import { addAttempt } from "./entry.ts";

/** How many entries are kept of each robot. */
export const maxEntries = 1000;
const maxMsgUuids = 10_000;

/** The entry of a `msgUuid`. */
interface Known {
  readonly entryId: string;
  readonly isAccepted: boolean;
}

/** An entry and the revision of its last change. */
interface Revised {
  readonly entry: Entry;
  readonly revision: number;
}

/**
 * The last entries of one room. Requests with the same `msgUuid` share one entry. DingTalk does not
 * document how long it remembers a `msgUuid`; the log remembers the last 10,000, also when the room
 * is cleared.
 */
export class EntryLog {
  readonly #entries = new Map<string, Revised>();
  readonly #msgUuids = new Map<string, Known>();

  get size(): number {
    return this.#entries.size;
  }

  /** In the order of their ids. */
  get entries(): readonly Entry[] {
    return [...this.#entries.values()].map(({ entry }) => entry);
  }

  find(id: string): Entry | undefined {
    return this.#entries.get(id)?.entry;
  }

  /** The entries that are new or changed after a revision. */
  since(revision: number): readonly Entry[] {
    return [...this.#entries.values()]
      .filter((revised) => revised.revision > revision)
      .map(({ entry }) => entry);
  }

  /** Whether a message with this `msgUuid` was accepted before. */
  isRepeated(msgUuid: string | null): boolean {
    return msgUuid !== null && this.#msgUuids.get(msgUuid)?.isAccepted === true;
  }

  /** Adds the request to the entry with its `msgUuid`; undefined for a repeat without an entry. */
  join(entry: Entry, isRepeat: boolean): Entry | undefined {
    const known = entry.msgUuid === null ? undefined : this.#msgUuids.get(entry.msgUuid);
    const older = known && this.find(known.entryId);
    if (older !== undefined) return addAttempt(older, entry);
    return isRepeat ? undefined : entry;
  }

  /** Adds an entry, or replaces the one with its id. */
  put(entry: Entry, revision: number): void {
    this.#entries.set(entry.id, { entry, revision });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries) break;
      this.#entries.delete(oldest);
    }
    if (entry.msgUuid !== null) this.#remember(entry.msgUuid, entry);
  }

  /** Forgets the entries and remembers the `msgUuid`s. */
  clear(): void {
    this.#entries.clear();
  }

  #remember(msgUuid: string, { id, outcome }: Entry): void {
    const isAccepted = outcome === "accepted" || this.isRepeated(msgUuid);
    this.#msgUuids.set(msgUuid, { entryId: id, isAccepted });
    for (const oldest of this.#msgUuids.keys()) {
      if (this.#msgUuids.size <= maxMsgUuids) break;
      this.#msgUuids.delete(oldest);
    }
  }
}
