// Builds the sandbox's page into dist/sandbox/page: its TypeScript, and the files beside it.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = `${root}sandbox/page/`;
const target = `${root}dist/sandbox/page/`;

const { status } = spawnSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, "-p", source],
  {
    stdio: "inherit",
  },
);
if (status !== 0) process.exit(status ?? 1);

mkdirSync(target, { recursive: true });
for (const name of readdirSync(source)) {
  if (/\.(html|css|svg)$/.test(name)) copyFileSync(source + name, target + name);
}
