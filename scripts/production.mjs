// The packages that run: those that npm installs with our package, and those that our bundles hold.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of our package.json, with a final slash. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** @param {string} name */
const readJson = (name) => JSON.parse(readFileSync(`${root}${name}`, "utf8"));

/**
 * @typedef {{ version: string, dev?: boolean, dependencies?: Record<string, string>,
 *   peerDependencies?: Record<string, string> }} Entry of a lockfile
 */

/**
 * The packages that run, each with its folder, name and version.
 *
 * @returns {{ path: string, name: string, version: string }[]}
 */
export function productionPackages() {
  return listOf(productionLockfile().packages);
}

/** The packages that npm installs with ours: what package.json names as dependencies, and theirs. */
export function installedPackages() {
  return listOf(installedEntries());
}

/** @param {Record<string, Entry>} entries */
function listOf(entries) {
  return Object.entries(entries)
    .filter(([path]) => path !== "")
    .map(([path, { version }]) => ({ path, name: path.replace(/^.*node_modules\//, ""), version }));
}

/** @returns {Record<string, Entry>} */
function installedEntries() {
  const entries = Object.entries(readJson("package-lock.json").packages);
  return Object.fromEntries(entries.filter(([, { dev }]) => dev !== true));
}

/**
 * The development packages that a bundle of the sidecar holds, with their versions: those that a file
 * of src/ names. npm does not install them with our package.
 *
 * @returns {Record<string, string>}
 */
function bundledDependencies() {
  const { devDependencies } = readJson("package.json");
  const files = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" });
  const source = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(`${root}src/${file}`, "utf8"))
    .join("\n");
  return Object.fromEntries(
    Object.entries(devDependencies).filter(([name]) => source.includes(`"${name}"`)),
  );
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
    const lockfile = productionLockfile();
    const { dependencies } = lockfile.packages[""];
    writeFileSync(join(folder, "package.json"), JSON.stringify({ ...packageJson, dependencies }));
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lockfile));
    return task(folder);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** The lockfile that a project would have whose dependencies are all packages that run. */
function productionLockfile() {
  const lockfile = readJson("package-lock.json");
  const { devDependencies, ...top } = lockfile.packages[""];
  const bundled = bundledDependencies();
  const packages = installedEntries();
  for (const path of closureOf(Object.keys(bundled), lockfile.packages)) {
    const { dev, ...entry } = lockfile.packages[path];
    packages[path] = entry;
  }
  packages[""] = { ...top, dependencies: { ...top.dependencies, ...bundled } };
  return { ...lockfile, packages };
}

/**
 * The folders of some packages and of everything that they need.
 *
 * @param {string[]} names
 * @param {Record<string, Entry>} entries
 * @returns {Set<string>}
 */
function closureOf(names, entries) {
  /** @type {Set<string>} */
  const found = new Set();
  const waiting = names.map((name) => ({ name, from: "" }));
  for (const { name, from } of waiting) {
    const path = resolve(name, from, entries);
    if (path === undefined || found.has(path)) continue;
    found.add(path);
    const { dependencies, peerDependencies } = entries[path] ?? {};
    const needed = Object.keys({ ...dependencies, ...peerDependencies });
    waiting.push(...needed.map((each) => ({ name: each, from: path })));
  }
  return found;
}

/**
 * The folder in which Node finds a package from the folder of another one.
 *
 * @param {string} name
 * @param {string} from
 * @param {Record<string, Entry>} entries
 * @returns {string | undefined}
 */
function resolve(name, from, entries) {
  const path = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
  if (path in entries) return path;
  return from === ""
    ? undefined
    : resolve(name, from.replace(/\/?node_modules\/(@[^/]+\/)?[^/]+$/, ""), entries);
}
