// Builds the programs of examples/ into build/sdks, each with its official SDK.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureProgram } from "../../scripts/install-package.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = join(root, "build/sdks");

mkdirSync(target, { recursive: true });
buildPython();
buildNode();
buildGo();
buildJava();

function buildPython() {
  ensureProgram("python3", ["python3", "python3-venv"]);
  const folder = copyExample("python");
  run("python3", ["-m", "venv", join(folder, "venv")], folder);
  run(join(folder, "venv/bin/pip"), ["install", "--quiet", "-r", "requirements.txt"], folder);
}

function buildNode() {
  run("npm", ["install", "--no-audit", "--no-fund", "--silent"], copyExample("node"));
}

function buildGo() {
  const folder = join(target, "go");
  mkdirSync(folder, { recursive: true });
  run("go", ["build", "-mod=readonly", "-o", `${folder}/`, "./..."], join(root, "examples/go"));
}

function buildJava() {
  ensureProgram("mvn", ["maven", "default-jdk-headless"]);
  const goals = ["compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath"];
  run("mvn", ["--quiet", "--batch-mode", ...goals], copyExample("java"));
}

/**
 * Copies an example, so that nothing is built inside of examples/.
 *
 * @param {string} name
 * @returns {string} the folder of the copy
 */
function copyExample(name) {
  const folder = join(target, name);
  cpSync(join(root, "examples", name), folder, { recursive: true });
  return folder;
}

/**
 * Runs a command. Ends this process if it fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  const { error, status } = spawnSync(command, args, {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) return;
  process.stderr.write(`${command} failed: ${error?.message ?? `exit code ${status}`}\n`);
  process.exit(1);
}
