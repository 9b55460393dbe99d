// Installs the clients that others wrote: npm's into its folder here, Python's into build/, where the
// Go program is built, too. A client that cannot be installed is a failure.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureProgram } from "../../scripts/install-package.mjs";

const here = import.meta.dirname;
const build = fileURLToPath(new URL("../../build/clients", import.meta.url));
const venv = `${build}/python`;

/**
 * Runs a program. Ends this process if it fails.
 *
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status } = spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return;
  process.stderr.write(`${program} ${args.join(" ")} failed\n`);
  process.exit(1);
}

run("npm", ["install", "--prefix", `${here}/npm`, "--no-package-lock", "--no-audit", "--no-fund"]);
ensureProgram("python3", ["python3", "python3-venv"]);
if (!existsSync(`${venv}/bin/pip`)) run("python3", ["-m", "venv", venv]);
run(`${venv}/bin/pip`, ["install", "--quiet", "--requirement", `${here}/python/requirements.txt`]);
// Go's own library is compiled on the first build, which takes a minute.
run("go", ["build", "-o", `${build}/app`, `${here}/go/app.go`]);
