import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCodeOf } from "../../base/error-code.ts";

/** Why a file was not read, and what helps. */
export interface Unreadable {
  /** Continues a sentence that begins with the name of the file. */
  readonly reason: string;
  readonly remedy: string;
}

const maxBytes = 1 << 20;

/** The text of a file of at most 1 MiB. Never waits, also not for the writer of a FIFO. */
export async function readText(path: string): Promise<string | Unreadable> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return { reason: "is not a regular file", remedy: "move it away" };
    if (stats.size > maxBytes) return { reason: "is larger than 1 MiB", remedy: "split it" };
    const bytes = await file.readFile();
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return explain(errorCodeOf(error));
  } finally {
    await file?.close();
  }
}

function explain(code: string): Unreadable {
  switch (code) {
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return { reason: "is not UTF-8", remedy: "save it as UTF-8" };
    case "EACCES":
      return { reason: "cannot be read by this user: EACCES", remedy: "chmod o+r" };
    case "ENOENT":
      return { reason: "leads to no file: ENOENT", remedy: "correct the link or remove it" };
    case "ENXIO":
      return { reason: "is not a regular file", remedy: "move it away" };
    default:
      return { reason: `cannot be read: ${code}`, remedy: "look at the file and its folder" };
  }
}
