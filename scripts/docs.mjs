// Writes the generated parts of the documents and metadata.yaml. With --check, writes nothing and
// fails if a part is out of date. esbuild compiles the generator, because the lowest Node that we
// support does not load TypeScript.
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const generator = `${root}build/docs.mjs`;

await build({
  entryPoints: [`${root}scripts/docs/main.ts`],
  outfile: generator,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  logLevel: "warning",
});
const { main } = await import(pathToFileURL(generator).href);
process.exitCode = await main(root, process.argv.slice(2));
