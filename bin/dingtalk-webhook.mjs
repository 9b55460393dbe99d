#!/usr/bin/env node
// The program of the package. This file is in the repository, because dist/ is not: npx links the
// program of a clone once, and remembers for good if there was none.
import { existsSync } from "node:fs";

const program = new URL("../dist/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write("dingtalk-webhook: dist/ is missing; run npm ci && npm run build\n");
  process.exitCode = 1;
}
