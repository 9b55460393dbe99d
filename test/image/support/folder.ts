import { spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { listFiles } from "./context.ts";

/** The names of all files below a folder. */
export async function names(folder: string): Promise<string[]> {
  return (await listFiles(folder)).map((file) => relative(folder, file));
}

/** All files below a folder with size, mode and time, which a write would change. */
export async function snapshot(folder: string): Promise<string[]> {
  const files = await listFiles(folder);
  return Promise.all(
    files.map(async (file) => {
      const { size, mode, mtimeMs } = await stat(file);
      return `${file} ${size} ${mode} ${mtimeMs}`;
    }),
  );
}

/** The size in bytes of a folder as a registry stores it: tar, then gzip. */
export async function compressedBytes(folder: string): Promise<number> {
  const tar = spawn("tar", ["-czf", "-", "-C", folder, "."], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let bytes = 0;
  for await (const chunk of tar.stdout) bytes += (chunk as Buffer).length;
  return bytes;
}

const specifiers = /(?:\brequire\(|\bfrom\s*|\bimport\(|\bimport\s+)["'](\.{1,2}\/[^"']*)["']/g;
const endings = ["", ".js", ".json", ".cjs", ".mjs", "/index.js", "/index.cjs", "/package.json"];

const comments = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** Every import in the given files of a file that is missing among them. */
export function danglingImports(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([name, text]) =>
    Array.from(
      text.replaceAll(comments, "").matchAll(specifiers),
      ([, specifier = ""]) => specifier,
    )
      .filter((specifier) => {
        const { pathname } = new URL(specifier, `file:///${name}`);
        return !endings.some((ending) =>
          files.has(`${pathname.slice(1).replace(/\/$/, "")}${ending}`),
        );
      })
      .map((specifier) => `${name}: ${specifier}`),
  );
}
