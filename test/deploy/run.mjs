// Runs the Go tests of deploy/. Go brings the modules that they need.
import { spawn } from "node:child_process";

// Go's cache of results does not see deploy/, which is outside this module: count=1 runs the tests
// each time. What is compiled is cached all the same.
const go = spawn("go", ["test", "-mod=readonly", "-count=1", "./..."], {
  cwd: import.meta.dirname,
  stdio: "inherit",
});
go.on("error", (/** @type {NodeJS.ErrnoException} */ { code }) => {
  const problem = code === "ENOENT" ? "there is no go on the PATH" : code;
  process.stderr.write(`cannot test deploy: ${problem}; install Go (https://go.dev/dl)\n`);
  process.exitCode = 1;
});
go.on("close", (code) => {
  process.exitCode = code === 0 ? 0 : 1;
});
