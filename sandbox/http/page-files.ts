import { type Dirent, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { type Reply, unknownPath } from "./reply.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * The files of the page. Those that are in the folder at the start are listed once and no others
 * are served, so that no path leads out of it.
 */
export class PageFiles {
  readonly #files: ReadonlyMap<string, string>;

  /** A folder that does not exist is an empty one. */
  constructor(folder: string) {
    const files = listFolder(folder)
      .filter((entry) => entry.isFile() && Object.hasOwn(types, extname(entry.name)))
      .map((entry) => join(entry.parentPath, entry.name));
    this.#files = new Map(
      files.map((file) => [`/${relative(folder, file).split(sep).join("/")}`, file]),
    );
  }

  /** The file of a path; the page itself is `/`. */
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
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
