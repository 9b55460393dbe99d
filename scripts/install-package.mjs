// Installs a missing program from Debian's packages. Usage: install-package.mjs PROGRAM PACKAGE...
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Installs packages if a program is missing. Ends this process with 1 if that fails.
 *
 * @param {string} program name of the executable on the PATH
 * @param {string[]} packages names of Debian's packages
 */
export function ensureProgram(program, packages) {
  if (isOnPath(program)) return;
  process.stdout.write(`installing ${packages.join(", ")} with apt-get\n`);
  const done =
    apt(["update", "-qq"]) && apt(["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  if (done && isOnPath(program)) return;
  process.stderr.write(
    `${program} is missing and apt-get could not install it; install it by hand\n`,
  );
  process.exit(1);
}

/**
 * Runs apt-get and tells whether it succeeded.
 *
 * @param {string[]} args
 */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"] });
  return status === 0;
}

/** @param {string} program */
function isOnPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [program = "", ...packages] = process.argv.slice(2);
  ensureProgram(program, packages);
}
