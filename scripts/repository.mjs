// Sets the address of the repository everywhere it stands.
// Usage: npm run repository -- https://github.com/team/dapr-dingtalk-webhook
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./production.mjs";

/** Files with links to documents of the repository. */
const files = [
  "deploy/prometheus/dingtalk-webhook.rules.yaml",
  // The alerts that the test expects.
  "test/operations/rules.test.yaml",
];
const address = /https:\/\/\S+?(?=\/blob\/main\/docs\/)/g;

/**
 * Sets the address in every file of a folder with our tree, and in package.json, without which npm
 * refuses a provenance.
 *
 * @param {string} folder
 * @param {string} repository such as https://github.com/team/dapr-dingtalk-webhook
 * @throws {Error} if the address has no usual form or a file has no place for it
 */
export function setRepository(folder, repository) {
  if (
    !/^https:\/\/[\w.-]+(:\d+)?(\/[\w.-]+){2,}$/.test(repository) ||
    repository.endsWith(".git")
  ) {
    const example = "https://github.com/team/dapr-dingtalk-webhook";
    throw new Error(`${JSON.stringify(repository)} is no address such as ${example}`);
  }
  const changed = files.map((file) => {
    const before = readFileSync(join(folder, file), "utf8");
    if (before.search(address) < 0) throw new Error(`${file} has no address of a repository`);
    return { file, after: before.replace(address, () => repository) };
  });
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  manifest.repository = { type: "git", url: `git+${repository}.git` };
  changed.push({ file: "package.json", after: `${JSON.stringify(manifest, null, 2)}\n` });
  for (const { file, after } of changed) writeFileSync(join(folder, file), after);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    setRepository(root, process.argv[2] ?? "");
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
