import type { Clock } from "../base/clock.ts";
import type { MessageRecord } from "./record.ts";

/** More records are not kept; the oldest is forgotten first. */
export const maxRecords = 50_000;

/** Records of messages whose attempts have ended, each kept for some time. */
export class RecordMemory {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #records = new Set<MessageRecord>();
  readonly #byKey = new Map<string, Set<MessageRecord>>();
  #forgotten = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many records were dropped before their time, because there were too many. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Keeps the record for `forMs` from now. */
  add(record: MessageRecord, forMs: number): void {
    this.delete(record);
    record.expiresAt = this.#clock.elapsed() + forMs;
    this.#records.add(record);
    const group = this.#byKey.get(record.key) ?? new Set();
    this.#byKey.set(record.key, group.add(record));
    this.#dropOldest();
  }

  has(record: MessageRecord): boolean {
    return this.#records.has(record);
  }

  /** The oldest record with the key. */
  find(key: string): MessageRecord | undefined {
    const group = this.#byKey.get(key);
    if (group === undefined) return undefined;
    const now = this.#clock.elapsed();
    for (const record of group) {
      if (record.expiresAt > now) return record;
      this.delete(record);
    }
    return undefined;
  }

  delete(record: MessageRecord): void {
    if (!this.#records.delete(record)) return;
    const group = this.#byKey.get(record.key);
    group?.delete(record);
    if (group?.size === 0) this.#byKey.delete(record.key);
  }

  [Symbol.iterator](): Iterator<MessageRecord> {
    return this.#records.values();
  }

  #dropOldest(): void {
    const now = this.#clock.elapsed();
    for (const record of this.#records) {
      const isExpired = record.expiresAt <= now;
      if (!isExpired && this.#records.size <= maxRecords) break;
      if (!isExpired) this.#forgotten += 1;
      this.delete(record);
    }
  }
}
