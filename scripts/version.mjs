// Sets the version everywhere it stands. Usage: npm run version -- 0.2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./production.mjs";

/**
 * The places of the version. Each pattern has what stands before the version in its first group.
 *
 * @type {readonly (readonly [file: string, pattern: RegExp, times: number])[]}
 */
const places = [
  ["package.json", /^( {2}"version": ")[^"]+/gm, 1],
  ["package-lock.json", /^((?: {2}| {6})"version": ")[^"]+/gm, 2],
  ["Dockerfile", /(image\.version=")[^"]+/g, 2],
  ["docker-bake.hcl", /(variable "VERSION" \{\n {2}default = ")[^"]+/g, 1],
  ["deploy/base/image.yaml", /(dapr-dingtalk-webhook(?:-sandbox)?:)\S+/g, 2],
  ["docs/kubernetes.md", /(dapr-dingtalk-webhook(?:-sandbox)?:|newTag: )\d\S*/g, 5],
  ["docs/kubernetes.zh-CN.md", /(dapr-dingtalk-webhook(?:-sandbox)?:|newTag: )\d\S*/g, 5],
  [".github/ISSUE_TEMPLATE/bug.yml", /(placeholder: )[^,]+/g, 1],
];

/**
 * Sets the version in every file of a folder with our tree.
 *
 * @param {string} folder
 * @param {string} version
 * @throws {Error} if the version has no usual form or a file lacks a place
 */
export function setVersion(folder, version) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    throw new Error(`${JSON.stringify(version)} is no version such as 0.2.0`);
  }
  const changed = places.map(([file, pattern, times]) => {
    const before = readFileSync(join(folder, file), "utf8");
    // The lockfile has our version in its first two places; packages follow.
    let left = times;
    const after = before.replace(pattern, (all, start) => (left-- > 0 ? start + version : all));
    if (left > 0) throw new Error(`${file} has the version in fewer places than ${times}`);
    return { file, after };
  });
  for (const { file, after } of changed) writeFileSync(join(folder, file), after);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    setVersion(root, process.argv[2] ?? "");
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
