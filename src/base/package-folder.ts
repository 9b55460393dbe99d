import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of our `package.json`, with a final slash. The search goes up from this module to the
 * folder that holds `proto/`, because `src/`, `build/` and `dist/` have different depths.
 */
export const packageFolder: string = findUp(dirname(fileURLToPath(import.meta.url)));

function findUp(folder: string): string {
  if (existsSync(join(folder, "proto"))) return `${folder}/`;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("the package's folder proto/ is missing");
  return findUp(parent);
}
