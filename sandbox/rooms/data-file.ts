import { randomUUID } from "node:crypto";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { errorCodeOf } from "../../src/base/error-code.ts";
import type { Entry } from "../api/types.ts";
import { DataFileError } from "./data-file-error.ts";
import type { EntryStore } from "./rooms.ts";

/** Only the owner may read the file: it holds tokens and messages. */
const mode = 0o600;
/** How many outdated lines the file may hold beside twice its entries. */
const maxIdleLines = 1000;

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
    this.#path = targetOf(path);
    this.#live = live;
    this.#descriptor = this.#translateErrors(() => this.#rewrite());
  }

  /** @throws {DataFileError} when the file cannot be written; the file then is as before */
  put(entry: Entry): void {
    this.#append({ entry });
  }

  /** @throws {DataFileError} when the file cannot be written; the file then is as before */
  cleared(token: string): void {
    this.#append({ cleared: token });
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #append(line: object): void {
    if (this.#descriptor === undefined) return;
    this.#translateErrors(() => {
      this.#checkPlace();
      if (this.#lines >= this.#maxLines) this.#compact();
      writeLine(this.#descriptor, line);
      this.#lines += 1;
    });
  }

  /** Writes to the file under the path: the file may be gone, or may belong to another sandbox now. */
  #checkPlace(): void {
    const descriptor = this.#descriptor;
    const inPlace = statSync(this.#path, { throwIfNoEntry: false });
    if (descriptor === undefined || inPlace?.ino === fstatSync(descriptor).ino) return;
    if (inPlace !== undefined) throw new Error("another program has replaced the file");
    this.#descriptor = this.#rewrite();
    closeSync(descriptor);
  }

  /** Outdated lines do no harm, so on a full disk the old file goes on for another while. */
  #compact(): void {
    const descriptor = this.#descriptor;
    try {
      this.#descriptor = this.#rewrite();
      if (descriptor !== undefined) closeSync(descriptor);
    } catch {
      this.#maxLines += maxIdleLines;
    }
  }

  /** @returns the new file, open at its end */
  #rewrite(): number {
    const entries = this.#live();
    // A random name cannot be the name of somebody else's file.
    const fresh = `${this.#path}.${randomUUID()}.tmp`;
    const descriptor = openSync(fresh, "ax", mode);
    try {
      for (const entry of entries) writeLine(descriptor, { entry });
      renameSync(fresh, this.#path);
    } catch (error) {
      closeSync(descriptor);
      rmSync(fresh, { force: true });
      throw error;
    }
    this.#lines = entries.length;
    this.#maxLines = 2 * entries.length + maxIdleLines;
    return descriptor;
  }

  #translateErrors<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new DataFileError(this.#path, cause);
    }
  }
}

/** The file that a link leads to: renaming a file over the link would leave that file outdated. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return path;
    throw new DataFileError(path, error);
  }
}

/** Appends the whole line, or nothing: a full disk takes a part of a line. */
function writeLine(descriptor: number | undefined, line: object): void {
  if (descriptor === undefined) return;
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  const { size } = fstatSync(descriptor);
  try {
    for (let written = 0; written < bytes.length; )
      written += writeSync(descriptor, bytes, written);
  } catch (error) {
    ftruncateSync(descriptor, size);
    throw error;
  }
}
