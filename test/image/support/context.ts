import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

interface Rule {
  readonly excludes: boolean;
  readonly pattern: RegExp;
}

/** The files of a folder that a container engine sees: all except those of `.dockerignore`. */
export class Context {
  readonly #folder: string;
  readonly #rules: readonly Rule[];

  private constructor(folder: string, rules: readonly Rule[]) {
    this.#folder = folder;
    this.#rules = rules;
  }

  static async open(folder: string): Promise<Context> {
    const text = await readFile(join(folder, ".dockerignore"), "utf8");
    const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
    return new Context(folder, lines.map(parseRule));
  }

  locate(path: string): string {
    return join(this.#folder, path);
  }

  async list(path: string): Promise<string[]> {
    const files = await listFiles(this.locate(path));
    return files.filter((file) => this.#includes(relative(this.#folder, file)));
  }

  /** The last matching rule decides. */
  #includes(path: string): boolean {
    return this.#rules.findLast(({ pattern }) => pattern.test(path))?.excludes !== true;
  }
}

/** A name matches a file, or a folder with everything below it. */
function parseRule(line: string): Rule {
  if (/[?[\]\\]|\*\*/.test(line)) throw new Error(`not known in .dockerignore: ${line}`);
  const source = line.replace(/^!/, "").replaceAll(".", "\\.").replaceAll("*", "[^/]*");
  return { excludes: !line.startsWith("!"), pattern: new RegExp(`^${source}(/.*)?$`) };
}

/** All files at or below a path; none if the path is missing. */
export async function listFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
