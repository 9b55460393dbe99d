import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { setRepository } from "../../scripts/repository.mjs";
import { tempFolder } from "../support/temp-folder.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rules = "deploy/prometheus/dingtalk-webhook.rules.yaml";
const expectedAlerts = "test/operations/rules.test.yaml";
const files = [rules, expectedAlerts, "package.json"];
const repository = "https://github.com/team/its.name";

const read = (folder: string, file: string): string => readFileSync(join(folder, file), "utf8");

async function copyFiles(): Promise<string> {
  const folder = await tempFolder();
  for (const file of files) cpSync(join(root, file), join(folder, file));
  return folder;
}

describe("npm run repository", () => {
  test.each([rules, expectedAlerts])("sets every address in %s", async (file) => {
    const folder = await copyFiles();

    setRepository(folder, repository);

    const addresses = read(folder, file).match(/https:\/\/\S+(?=\/blob\/)/g) ?? [];
    expect([...new Set(addresses)]).toEqual([repository]);
  });

  test("changes nothing else in the rules", async () => {
    const folder = await copyFiles();
    const [former = ""] = /https:\/\/\S+(?=\/blob\/)/.exec(read(root, rules)) ?? [];

    setRepository(folder, repository);
    setRepository(folder, former);

    expect(read(folder, rules)).toBe(read(root, rules));
  });

  test("names the repository in package.json", async () => {
    const folder = await copyFiles();

    setRepository(folder, repository);

    expect(JSON.parse(read(folder, "package.json"))).toEqual({
      ...JSON.parse(read(root, "package.json")),
      repository: { type: "git", url: `git+${repository}.git` },
    });
  });

  test.each([
    "",
    "team/its.name",
    "http://github.com/team/its.name",
    "https://github.com/team",
    "https://github.com/team/its.name/",
    "https://github.com/team/its.name.git",
  ])("refuses %j and changes nothing", async (address) => {
    const folder = await copyFiles();

    expect(() => setRepository(folder, address)).toThrow("is no address");

    expect(files.map((file) => read(folder, file))).toEqual(files.map((file) => read(root, file)));
  });
});
