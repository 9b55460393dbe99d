import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { isObject, parseJson } from "../../src/base/json.ts";
import type { Entry } from "../api/types.ts";
import type { EntryStore } from "./rooms.ts";

/** Readable by its owner only: it holds tokens and messages. */
const mode = 0o600;
/** So many lines may say nothing any more until the file is written anew. */
const maxIdleLines = 1000;

/** The file cannot be read or written. */
export class DataFileError extends Error {
  override readonly name = "DataFileError";
  readonly code = "DATA_FILE";
}

/**
 * Keeps entries in a file of JSON lines: `{"entry":…}` for a new or changed one, `{"cleared":token}`
 * for a room that was emptied. It is written anew, and moved in place at once, at the start and
 * when too many of its lines are outdated.
 */
export class DataFile implements EntryStore {
  readonly #path: string;
  readonly #live: () => readonly Entry[];
  /** Undefined once it is closed: callbacks may end after the sandbox. */
  #descriptor: number | undefined;
  #lines = 0;
  #maxLines = 0;

  /**
   * @param live what is worth keeping
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
 * The entries of an earlier run, oldest first; none where there is no file. A line that broke off
 * is passed over.
 *
 * @throws {DataFileError} when the file cannot be read
 */
export function readDataFile(path: string): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const line of translateErrors(path, () => readLines(path))) {
    const value = parseJson(line);
    if (!isObject(value)) continue;
    if (isEntry(value.entry)) entries.set(value.entry.id, value.entry);
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
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Checks what the sandbox itself relies on; a file of another program has none of it. */
function isEntry(value: unknown): value is Entry {
  if (!isObject(value)) return false;
  const { id, token, outcome, kind, attempts, lint, mentions, message, request } = value;
  return (
    [id, token, outcome, kind].every((text) => typeof text === "string") &&
    /^\d+$/.test(String(id)) &&
    Array.isArray(attempts) &&
    Array.isArray(lint) &&
    isObject(mentions) &&
    (message === null || isObject(message)) &&
    (request === null || (isObject(request) && Array.isArray(request.query)))
  );
}

function translateErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new DataFileError(`cannot keep messages in ${path}: ${problem}`, { cause });
  }
}
