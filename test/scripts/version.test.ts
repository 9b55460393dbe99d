import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { notesOf } from "../../scripts/release-notes.mjs";
import { setVersion } from "../../scripts/version.mjs";
import { tempFolder } from "../support/temp-folder.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** These files hold versions of others, or the history of ours. */
const exempt = /^(package-lock\.json|CHANGELOG\.md|docs\/licences\.md|.*\bgo\.(mod|sum))$/;

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => /\.(json|ya?ml|md|hcl|mjs|ts|go|toml|xml|txt)$|^Dockerfile$/.test(file));

/** Copies the files in which a version may stand. */
async function copyTree(): Promise<string> {
  const folder = await tempFolder();
  for (const file of files) cpSync(join(root, file), join(folder, file));
  return folder;
}

const read = (folder: string, file: string): string => readFileSync(join(folder, file), "utf8");

/** Whether a text holds a version, and not as a part of a longer one. */
const holds = (text: string, version: string): boolean =>
  new RegExp(`(?<![\\d.])${version.replaceAll(".", "\\.")}(?![\\d.])`).test(text);

describe("npm run version", () => {
  test("leaves the former version nowhere", async () => {
    const folder = await copyTree();
    const { version: former } = packageJson;

    setVersion(folder, "97.98.99");

    const left = files.filter((file) => !exempt.test(file) && holds(read(folder, file), former));
    expect(left.filter((file) => file !== "scripts/version.mjs")).toEqual([]);
  });

  test("brings the new version to everything that names one", async () => {
    const folder = await copyTree();

    setVersion(folder, "97.98.99");

    expect(files.filter((file) => holds(read(folder, file), "97.98.99")).sort()).toEqual(
      [
        ...[".github/ISSUE_TEMPLATE/bug.yml", "Dockerfile", "deploy/base/image.yaml"],
        ...["docker-bake.hcl", "docs/kubernetes.md", "docs/kubernetes.zh-CN.md"],
        ...["package-lock.json", "package.json", "test/scripts/version.test.ts"],
      ].sort(),
    );
    const lockfile = JSON.parse(read(folder, "package-lock.json"));
    expect([lockfile.version, lockfile.packages[""].version]).toEqual(["97.98.99", "97.98.99"]);
  });

  test("changes nothing but versions of ours in the lockfile", async () => {
    const folder = await copyTree();

    setVersion(folder, "97.98.99");

    const back = read(folder, "package-lock.json").replaceAll("97.98.99", packageJson.version);
    expect(back).toBe(read(root, "package-lock.json"));
  });

  test.each(["", "1", "v1.2.3", "1.2", "1.2.3 "])(
    "refuses %j and changes nothing",
    async (version) => {
      const folder = await copyTree();

      expect(() => setVersion(folder, version)).toThrow("is no version");

      expect(read(folder, "package.json")).toBe(read(root, "package.json"));
    },
  );

  test("takes a version that is no release yet", async () => {
    const folder = await copyTree();

    setVersion(folder, "1.0.0-rc.1");
    setVersion(folder, "1.0.0");

    expect(JSON.parse(read(folder, "package.json")).version).toBe("1.0.0");
    expect(files.filter((file) => read(folder, file).includes("1.0.0-rc.1"))).toEqual([
      "test/scripts/version.test.ts",
    ]);
  });
});

describe("notesOf", () => {
  const changelog =
    "# Changelog\n\n## Unreleased\n\n- x\n\n## 0.2.0\n\n- y\n\n### Fixed\n\n- z\n\n## 0.2\n";

  test("gives what stands below the version", () => {
    expect(notesOf(changelog, "0.2.0")).toBe("- y\n\n### Fixed\n\n- z\n");
  });

  test.each(["0.3.0", "0.2", ""])("refuses %j, of which nothing is said", (version) => {
    expect(() => notesOf(changelog, version)).toThrow("CHANGELOG.md says nothing of");
  });
});
