import { type Dirent, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { errorCodeOf } from "../../src/base/error-code.ts";
import { type Reply, unknownPath } from "./reply.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * The files of the page. The folder is listed once, at the start, and only those files are served:
 * no path leads out of the folder.
 */
export class PageFiles {
  readonly #files: ReadonlyMap<string, string>;

  /** A folder that does not exist counts as empty. */
  constructor(folder: string) {
    const files = listFolder(folder)
      .filter((entry) => entry.isFile() && Object.hasOwn(types, extname(entry.name)))
      .map((entry) => join(entry.parentPath, entry.name));
    this.#files = new Map(
      files.map((file) => [`/${relative(folder, file).split(sep).join("/")}`, file]),
    );
  }

  /** Answers with the file of a path. The page itself is `/`. */
  async serve(path: string): Promise<Reply> {
    const file = this.#files.get(path === "/" ? "/index.html" : path);
    if (file === undefined) return unknownPath;
    const type = types[extname(file)] ?? "application/octet-stream";
    return { status: 200, content: { type, bytes: await readFile(file) } };
  }
}

function listFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}
