// Builds the sandbox's page into dist/sandbox/page: its TypeScript, and the files beside it.
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = `${root}sandbox/page/`;
const target = `${root}dist/sandbox/page/`;

await build({
  entryPoints: [`${source}main.ts`],
  outfile: `${target}main.js`,
  bundle: true,
  format: "esm",
  target: "es2023",
  logLevel: "warning",
});

mkdirSync(target, { recursive: true });
for (const name of readdirSync(source)) {
  if (/\.(html|css|svg)$/.test(name)) copyFileSync(source + name, target + name);
}
