// What runs, as the lockfile has it: everything but the packages that only development needs.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** @param {string} name */
const readJson = (name) => JSON.parse(readFileSync(`${root}${name}`, "utf8"));

/**
 * The packages by their folders, each with its name and version.
 *
 * @returns {{ path: string, name: string, version: string }[]}
 */
export function productionPackages() {
  return Object.entries(productionLockfile().packages)
    .filter(([path]) => path !== "")
    .map(([path, { version }]) => ({ path, name: path.replace(/^.*node_modules\//, ""), version }));
}

/**
 * Runs a task in a folder whose package.json and lockfile know nothing of development. npm's own
 * `--omit dev` drops a package that runs if one of development's also has it for a peer.
 *
 * @template T
 * @param {(folder: string) => T} task
 * @returns {T}
 */
export function inProductionFolder(task) {
  const { devDependencies, ...packageJson } = readJson("package.json");
  const parent = mkdtempSync(join(tmpdir(), "dt-"));
  try {
    // npm names the whole after the folder.
    const folder = join(parent, packageJson.name);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify(packageJson));
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(productionLockfile()));
    return task(folder);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function productionLockfile() {
  const lockfile = readJson("package-lock.json");
  const { devDependencies, ...top } = lockfile.packages[""];
  const entries = Object.entries(lockfile.packages).filter(([, { dev }]) => dev !== true);
  return { ...lockfile, packages: { ...Object.fromEntries(entries), "": top } };
}
