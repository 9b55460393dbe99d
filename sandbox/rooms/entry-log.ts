import { createHash } from "node:crypto";
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
  readonly bytes: number;
}

/**
 * The last entries of one room. Requests with the same `msgUuid` share one entry. DingTalk does not
 * document how long it remembers a `msgUuid`; the log remembers the last 10,000, also when the room
 * is cleared.
 */
export class EntryLog {
  readonly #entries = new Map<string, Revised>();
  readonly #msgUuids = new Map<string, Known>();

  #bytes = 0;

  /** About how much memory the entries take. */
  get bytes(): number {
    return this.#bytes;
  }

  get oldestId(): string | undefined {
    const [oldest] = this.#entries.keys();
    return oldest;
  }

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
    return msgUuid !== null && this.#msgUuids.get(keyOf(msgUuid))?.isAccepted === true;
  }

  /** Adds the request to the entry with its `msgUuid`; undefined for a repeat without an entry. */
  join(entry: Entry, isRepeat: boolean): Entry | undefined {
    const known = entry.msgUuid === null ? undefined : this.#msgUuids.get(keyOf(entry.msgUuid));
    const older = known && this.find(known.entryId);
    if (older !== undefined) return addAttempt(older, entry);
    return isRepeat ? undefined : entry;
  }

  /** Adds an entry, or replaces the one with its id. */
  put(entry: Entry, revision: number): void {
    const bytes = bytesOf(entry);
    this.#bytes += bytes - (this.#entries.get(entry.id)?.bytes ?? 0);
    this.#entries.set(entry.id, { entry, revision, bytes });
    while (this.#entries.size > maxEntries) this.dropOldest();
    if (entry.msgUuid !== null) this.#remember(entry.msgUuid, entry);
  }

  /** Forgets the oldest entry. Returns how much memory it took, in bytes. */
  dropOldest(): number {
    const [oldest] = this.#entries.values();
    if (oldest === undefined) return 0;
    this.#entries.delete(oldest.entry.id);
    this.#bytes -= oldest.bytes;
    return oldest.bytes;
  }

  /** Forgets the entries and remembers the `msgUuid`s. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #remember(msgUuid: string, { id, outcome }: Entry): void {
    const isAccepted = outcome === "accepted" || this.isRepeated(msgUuid);
    this.#msgUuids.set(keyOf(msgUuid), { entryId: id, isAccepted });
    for (const oldest of this.#msgUuids.keys()) {
      if (this.#msgUuids.size <= maxMsgUuids) break;
      this.#msgUuids.delete(oldest);
    }
  }
}

/** A `msgUuid` may fill a whole message, and 10,000 of those would take 200 MB. */
function keyOf(msgUuid: string): string {
  return msgUuid.length <= 64 ? msgUuid : createHash("sha256").update(msgUuid).digest("base64");
}

/** The texts of an entry, and as much again for the message that was read from the body. */
function bytesOf({ body, request, callback }: Entry): number {
  return 1000 + 3 * body.length + JSON.stringify([request, callback]).length;
}
