import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fillBlocks } from "./blocks.ts";
import { commandBlocks, deliveryBlocks, errorBlocks, readmeBlocks } from "./tables.ts";
import { yamlBlocks } from "./yaml.ts";

/** The texts between the markers of each file, by the name of the marker. */
export const documents: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "README.md": readmeBlocks("en"),
  "README.zh-CN.md": readmeBlocks("zh"),
  "docs/cli.md": commandBlocks("en"),
  "docs/cli.zh-CN.md": commandBlocks("zh"),
  "docs/delivery.md": deliveryBlocks("en"),
  "docs/delivery.zh-CN.md": deliveryBlocks("zh"),
  "docs/errors.md": errorBlocks("en"),
  "docs/errors.zh-CN.md": errorBlocks("zh"),
  "metadata.yaml": yamlBlocks(),
};

/**
 * Brings every document up to date, or tells with `--check` which ones are not.
 *
 * @returns the exit code
 */
export async function main(root: string, args: readonly string[]): Promise<number> {
  const outdated: string[] = [];
  for (const [name, blocks] of Object.entries(documents)) {
    const before = await readFile(join(root, name), "utf8");
    const after = fillBlocks(before, blocks, name);
    if (after === before) continue;
    outdated.push(name);
    if (!args.includes("--check")) await writeFile(join(root, name), after);
  }
  if (!args.includes("--check") || outdated.length === 0) return 0;
  process.stderr.write(`not up to date: ${outdated.join(", ")}; run npm run docs\n`);
  return 1;
}
