// The packages that run: those of the lockfile without the ones that only development needs.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of our package.json, with a final slash. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** @param {string} name */
const readJson = (name) => JSON.parse(readFileSync(`${root}${name}`, "utf8"));

/**
 * The packages that run, each with its folder, name and version.
 *
 * @returns {{ path: string, name: string, version: string }[]}
 */
export function productionPackages() {
  return Object.entries(productionLockfile().packages)
    .filter(([path]) => path !== "")
    .map(([path, { version }]) => ({ path, name: path.replace(/^.*node_modules\//, ""), version }));
}

/**
 * Runs a task in a temporary folder whose package.json and lockfile have no development packages.
 * npm's own `--omit dev` is not used, because it drops a package that runs if it is also the peer of
 * a development package.
 *
 * @template T
 * @param {(folder: string) => T} task
 * @returns {T}
 */
export function inProductionFolder(task) {
  const { devDependencies, ...packageJson } = readJson("package.json");
  const parent = mkdtempSync(join(tmpdir(), "dt-"));
  try {
    // npm takes the name of the project from the folder.
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
