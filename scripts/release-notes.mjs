// Prints what CHANGELOG.md says of one version. Usage: release-notes.mjs VERSION
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./production.mjs";

/**
 * The text below the heading of a version, up to the next version.
 *
 * @param {string} changelog
 * @param {string} version
 * @returns {string}
 * @throws {Error} if the version has no heading or no text
 */
export function notesOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((each) => each.split(/\s/, 1)[0] === version);
  const notes = section?.slice(section.indexOf("\n")).trim();
  if (notes) return `${notes}\n`;
  throw new Error(`CHANGELOG.md says nothing of ${version}; put a heading "## ${version}" into it`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const changelog = readFileSync(`${root}CHANGELOG.md`, "utf8");
    process.stdout.write(notesOf(changelog, process.argv[2] ?? ""));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
