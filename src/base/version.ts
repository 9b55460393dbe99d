import { readFileSync } from "node:fs";
import { packageFolder } from "./package-folder.ts";

/** The version that `package.json` states. */
export const version: string = JSON.parse(
  readFileSync(`${packageFolder}package.json`, "utf8"),
).version;
