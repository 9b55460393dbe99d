// Lists the packages that run, with their licences, in docs/licences.md. Fails for a licence that is
// not in the list of accepted ones.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { installedPackages, root } from "./production.mjs";

const target = `${root}docs/licences.md`;

/** SPDX identifiers of licences that only ask for their text beside the copy. */
const accepted = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
]);

/**
 * The content of docs/licences.md.
 *
 * @throws {Error} if an installed package differs from the lockfile or its licence is not accepted
 */
export function renderLicences() {
  return `# Licences of what runs

Made by \`npm run licences\`. Packages that npm installs with ours, each with its licence text in its folder, in the image too.

${renderTable(installedPackages())}

Packages that the sidecar's bundles hold, with their licence texts in \`dist/licences\`.

${renderTable(bundledPackages("dist/licences"))}

Packages that the sandbox's bundle holds, with their licence texts in \`dist/sandbox/licences\`.

${renderTable(bundledPackages("dist/sandbox/licences"))}
`;
}

/** @param {{ path: string, name: string, version: string }[]} packages */
function renderTable(packages) {
  const rows = packages
    .map(withLicence)
    .map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  return `| package | version | licence |
|---|---|---|
${[...new Set(rows)].sort().join("\n")}`;
}

/**
 * The packages whose licences the build has put into a folder.
 *
 * @param {string} texts
 */
export function bundledPackages(texts) {
  const folder = `${root}${texts}`;
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8"));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, entry.parentPath))
    .map((name) => ({ path: join("node_modules", name), name }))
    .map(({ path, name }) => ({ path, name, version: packages[path].version }));
}

/** @param {{ path: string, name: string, version: string }} wanted */
function withLicence({ path, name, version }) {
  const installed = JSON.parse(readFileSync(`${root}${path}/package.json`, "utf8"));
  if (installed.version !== version) {
    throw new Error(`${path} is ${installed.version}, not ${version}; run npm ci`);
  }
  checkLicence(name, installed.license);
  return { name, version, licence: installed.license };
}

/**
 * Checks one licence.
 *
 * @param {string} name of the package
 * @param {unknown} licence SPDX expression of its package.json
 * @throws {Error} if the licence is not accepted
 */
export function checkLicence(name, licence) {
  if (typeof licence === "string" && accepted.has(licence)) return;
  throw new Error(`${name} has the licence ${JSON.stringify(licence)}, which is not accepted`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, renderLicences());
