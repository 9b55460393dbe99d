import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fillBlocks } from "./blocks.ts";
import { componentSchema } from "./component-schema.ts";
import {
  commandBlocks,
  deliveryBlocks,
  errorBlocks,
  readmeBlocks,
  receivingBlocks,
} from "./tables.ts";
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
  "docs/receiving.md": receivingBlocks("en"),
  "docs/receiving.zh-CN.md": receivingBlocks("zh"),
  "metadata.yaml": yamlBlocks(),
};

/** The text of each file that is generated as a whole. */
export const wholeFiles: Readonly<Record<string, string>> = {
  "schema/component.json": componentSchema(),
};

/**
 * Brings every document up to date, or tells with `--check` which ones are not.
 *
 * @returns the exit code
 */
export async function main(root: string, args: readonly string[]): Promise<number> {
  const outdated: string[] = [];
  const renew = async (name: string, render: (before: string) => string): Promise<void> => {
    const before = await readFile(join(root, name), "utf8").catch(() => "");
    const after = render(before);
    if (after === before) return;
    outdated.push(name);
    if (!args.includes("--check")) await writeFile(join(root, name), after);
  };
  for (const [name, blocks] of Object.entries(documents)) {
    await renew(name, (before) => fillBlocks(before, blocks, name));
  }
  for (const [name, text] of Object.entries(wholeFiles)) await renew(name, () => text);
  if (!args.includes("--check") || outdated.length === 0) return 0;
  process.stderr.write(`not up to date: ${outdated.join(", ")}; run npm run docs\n`);
  return 1;
}
