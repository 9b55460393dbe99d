// Builds the official daprd into a cache folder, once for each version.
import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const moduleFolder = import.meta.dirname;
const reportEveryMs = 15_000;
const shownLines = 20;

/** What stands in the way of a daprd; the message is meant for a person. */
export class NoDaprdError extends Error {
  /** @override */
  name = "NoDaprdError";
}

/**
 * Version of dapr that `go.mod` asks for, without the `v`.
 *
 * @returns {string}
 */
export function daprdVersion() {
  const goMod = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  const version = /^\s*(?:require )?github\.com\/dapr\/dapr v(\S+)/m.exec(goMod)?.[1];
  if (version === undefined) throw new NoDaprdError("go.mod does not name a version of dapr");
  return version;
}

/**
 * The daprd that the tests run: `DAPRD`, else the one in the cache, built or not.
 *
 * @returns {string}
 * @throws {NoDaprdError} where `DAPRD` is not executable
 */
export function daprdPath() {
  const { DAPRD, XDG_CACHE_HOME } = process.env;
  if (DAPRD) {
    if (isExecutable(DAPRD)) return DAPRD;
    throw new NoDaprdError(`DAPRD=${DAPRD} is not an executable file`);
  }
  const cache = XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(cache, "dapr-dingtalk-webhook", `daprd-${daprdVersion()}`);
}

/**
 * A daprd that can run now: `DAPRD`, the one in the cache or one on the PATH.
 *
 * @returns {string | undefined}
 * @throws {NoDaprdError} where `DAPRD` is not executable
 */
export function findDaprd() {
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, "daprd"));
  return [daprdPath(), ...onPath].find(isExecutable);
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Builds daprd where the cache has none.
 *
 * @returns {Promise<void>}
 * @throws {NoDaprdError}
 */
async function ensureDaprd() {
  const path = daprdPath();
  if (isExecutable(path)) return tell(`daprd is there: ${path}`);
  const version = daprdVersion();
  const unfinished = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  tell(`building daprd ${version}, about ten minutes the first time`);
  try {
    await build(version, unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  tell(`built ${path}`);
}

/**
 * @param {string} version
 * @param {string} target
 * @returns {Promise<void>}
 */
function build(version, target) {
  const stamp = `-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${version}`;
  const options = ["-v", "-mod=readonly", "-trimpath", "-tags", "allcomponents", "-ldflags", stamp];
  const go = spawn("go", ["build", ...options, "-o", target, "github.com/dapr/dapr/cmd/daprd"], {
    cwd: moduleFolder,
    stdio: ["ignore", "inherit", "pipe"],
  });
  const progress = watch(go.stderr);
  const timer = setInterval(() => tell(progress.summary()), reportEveryMs);
  return /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      go.on("error", (cause) => reject(cannotRun(cause)));
      go.on("close", (code, signal) => {
        if (code === 0) resolve();
        else reject(new NoDaprdError(`go build ended with ${code ?? signal}\n${progress.tail()}`));
      });
    })
  ).finally(() => clearInterval(timer));
}

/**
 * Counts what `go build -v` tells and keeps the last lines of the rest.
 *
 * @param {import("node:stream").Readable} output
 */
function watch(output) {
  const start = Date.now();
  const count = { modules: 0, packages: 0 };
  /** @type {string[]} */
  const tail = [];
  let rest = "";
  output.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("go: downloading ")) count.modules += 1;
      else if (/^[\w.~/-]+$/.test(line)) count.packages += 1;
      else tail.push(line);
    }
    tail.splice(0, tail.length - shownLines);
  });
  return {
    summary: () => {
      const seconds = Math.round((Date.now() - start) / 1000);
      return `${seconds} s: ${count.modules} modules downloaded, ${count.packages} packages compiled`;
    },
    tail: () => [...tail, rest].filter(Boolean).join("\n"),
  };
}

/**
 * @param {NodeJS.ErrnoException} cause
 * @returns {NoDaprdError}
 */
function cannotRun(cause) {
  const problem = cause.code === "ENOENT" ? "there is no go on the PATH" : `${cause.code}`;
  return new NoDaprdError(
    `cannot build daprd: ${problem}; install Go (https://go.dev/dl) or set DAPRD=/path/to/daprd`,
    { cause },
  );
}

/** @param {string} text */
function tell(text) {
  process.stdout.write(`${text}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await ensureDaprd();
  } catch (error) {
    if (!(error instanceof NoDaprdError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
