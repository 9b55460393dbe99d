// The Node that the image has, and its flags, since that is what most users run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");
const imageMajor = /^FROM node:(\d+)-/m.exec(dockerfile)?.[1];

/** The sidecar is the last target of the Dockerfile. */
const [, entrypoint = "[]"] = [...dockerfile.matchAll(/^ENTRYPOINT (.*)$/gm)].at(-1) ?? [];

/**
 * What stands between `node` and the program in the image.
 *
 * @type {string[]}
 */
export const imageFlags = JSON.parse(entrypoint).slice(1, -1);

/** Whether this process runs on it. */
export function isImageNode() {
  return process.versions.node.split(".")[0] === imageMajor;
}

/**
 * Runs this program once more, on a Node of the image's major version from the npm registry.
 *
 * @returns {number} its exit code
 */
export function runOnImageNode() {
  const folder = mkdtempSync(join(tmpdir(), "dingtalk-bench-node-"));
  try {
    const name = `node-${process.platform}-${process.arch}`;
    const install = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder];
    run("npm", [...install, `${name}@${imageMajor}`]);
    return run(join(folder, "node_modules", name, "bin/node"), process.argv.slice(1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) throw error;
  return status ?? 1;
}
