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
const noFile: Unreadable = { reason: "is not a regular file", remedy: "move it away" };

const reasons: Readonly<Record<string, Unreadable>> = {
  ERR_ENCODING_INVALID_ENCODED_DATA: { reason: "is not UTF-8", remedy: "save it as UTF-8" },
  EACCES: { reason: "cannot be read by this user: EACCES", remedy: "chmod o+r" },
  ENOENT: { reason: "leads to no file: ENOENT", remedy: "correct the link or remove it" },
  ENXIO: noFile,
};

/** The text of a file of at most 1 MiB. Never waits, also not for the writer of a FIFO. */
export async function readText(path: string): Promise<string | Unreadable> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return noFile;
    if (stats.size > maxBytes) return { reason: "is larger than 1 MiB", remedy: "split it" };
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile());
  } catch (error) {
    const code = errorCodeOf(error);
    const remedy = "look at the file and its folder";
    return reasons[code] ?? { reason: `cannot be read: ${code}`, remedy };
  } finally {
    await file?.close();
  }
}
