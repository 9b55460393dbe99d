import { readFileSync } from "node:fs";

/** As `package.json` has it; it lies one folder above both `src` and `dist`. */
export const version: string = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
).version;
