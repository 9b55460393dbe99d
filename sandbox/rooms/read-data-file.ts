import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { errorCodeOf } from "../../src/base/error-code.ts";
import { isDeeperThan, isObject, parseJson } from "../../src/base/json.ts";
import { entry as entrySchema } from "../api/schema/entries.ts";
import type { Entry } from "../api/types.ts";
import { DataFileError } from "./data-file-error.ts";

/** How deep an entry may be nested: its message, and a few levels around it. */
const maxNesting = 120;

/**
 * The entries of an earlier run, oldest first; none if there is no file. A line that is no entry is
 * skipped, such as a line that was cut off.
 *
 * @throws {DataFileError} when the file cannot be read, or when no sandbox has written it: the next
 * write would replace it
 */
export function readDataFile(path: string): readonly Entry[] {
  try {
    return readEntries(readLines(path));
  } catch (cause) {
    throw new DataFileError(path, cause);
  }
}

function readEntries(lines: readonly string[]): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const line of lines) {
    const value = parseJson(line);
    if (!isObject(value) || isDeeperThan(value, maxNesting)) continue;
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

function readLines(path: string): readonly string[] {
  const text = readRegularFile(path);
  if (text.trim() !== "" && !isOurs(text)) {
    throw new Error("the file holds something else; name a file of the sandbox's own");
  }
  return text.split("\n");
}

/** The first line of every data file has one of these beginnings. */
function isOurs(text: string): boolean {
  return /^\s*\{"(?:entry":\{"id":"|cleared":")/.test(text);
}

function readRegularFile(path: string): string {
  const descriptor = openExisting(path);
  if (descriptor === undefined) return "";
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error("it is not a regular file");
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined if there is no file. Does not wait for the writer of a named pipe. */
function openExisting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
