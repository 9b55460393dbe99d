// Runs the Go tests of the folder that the first argument names. Go downloads the modules that they
// need.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [folder = ""] = process.argv.slice(2);

// Go's cache of results does not see files outside of the folder's module, such as deploy/ and
// metadata.yaml. With count=1 the tests run each time. Go still caches what it has compiled.
const go = spawn("go", ["test", "-mod=readonly", "-count=1", "./..."], {
  cwd: fileURLToPath(new URL(`../${folder}`, import.meta.url)),
  stdio: "inherit",
});
go.on("error", (/** @type {NodeJS.ErrnoException} */ { code }) => {
  const problem = code === "ENOENT" ? "there is no go on the PATH" : code;
  process.stderr.write(`cannot test ${folder}: ${problem}; install Go (https://go.dev/dl)\n`);
  process.exitCode = 1;
});
go.on("close", (code) => {
  process.exitCode = code === 0 ? 0 : 1;
});
