import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { errorCodeOf } from "../../src/base/error-code.ts";
import { isObject, parseJson } from "../../src/base/json.ts";
import { entry as entrySchema } from "../api/schema/entries.ts";
import type { Entry } from "../api/types.ts";
import type { EntryStore } from "./rooms.ts";

/** Only the owner may read the file: it holds tokens and messages. */
const mode = 0o600;
/** How many outdated lines the file may hold beside twice its entries. */
const maxIdleLines = 1000;

/** The sandbox cannot read or write its data file. */
export class DataFileError extends Error {
  override readonly name = "DataFileError";
  readonly code = "DATA_FILE";
}

/**
 * Keeps entries in a file of JSON lines: `{"entry":…}` for an entry that is new or changed,
 * `{"cleared":token}` for a room that was emptied. At the start, and when too many lines are
 * outdated, a new file is written and renamed over the old one.
 */
export class DataFile implements EntryStore {
  readonly #path: string;
  readonly #live: () => readonly Entry[];
  /** Undefined after `close`: a callback may end after the sandbox. */
  #descriptor: number | undefined;
  #lines = 0;
  #maxLines = 0;

  /**
   * @param live returns the entries to keep
   * @throws {DataFileError} when the file cannot be written
   */
  constructor(path: string, live: () => readonly Entry[]) {
    this.#path = path;
    this.#live = live;
    this.#descriptor = translateErrors(path, () => this.#rewrite());
  }

  put(entry: Entry): void {
    this.#append({ entry });
  }

  cleared(token: string): void {
    this.#append({ cleared: token });
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #append(line: object): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    writeSync(descriptor, `${JSON.stringify(line)}\n`);
    this.#lines += 1;
    if (this.#lines <= this.#maxLines) return;
    this.#descriptor = this.#rewrite();
    closeSync(descriptor);
  }

  /** @returns the new file, open at its end */
  #rewrite(): number {
    const entries = this.#live();
    const fresh = `${this.#path}.new`;
    rmSync(fresh, { force: true });
    const descriptor = openSync(fresh, "ax", mode);
    for (const entry of entries) writeSync(descriptor, `${JSON.stringify({ entry })}\n`);
    renameSync(fresh, this.#path);
    this.#lines = entries.length;
    this.#maxLines = 2 * entries.length + maxIdleLines;
    return descriptor;
  }
}

/**
 * The entries of an earlier run, oldest first; none if there is no file. A line that is no entry is
 * skipped, such as a line that was cut off.
 *
 * @throws {DataFileError} when the file cannot be read
 */
export function readDataFile(path: string): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const line of translateErrors(path, () => readLines(path))) {
    const value = parseJson(line);
    if (!isObject(value)) continue;
    const { success, data } = entrySchema.safeParse(value.entry);
    if (success) entries.set(data.id, data);
    if (typeof value.cleared === "string") forget(entries, value.cleared);
  }
  return [...entries.values()];
}

function forget(entries: Map<string, Entry>, token: string): void {
  for (const entry of entries.values()) {
    if (entry.token === token) entries.delete(entry.id);
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function translateErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new DataFileError(`cannot keep messages in ${path}: ${problem}`, { cause });
  }
}
