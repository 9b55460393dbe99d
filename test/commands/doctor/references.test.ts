import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { collect } from "../../../src/base/collect.ts";
import { checkReferences } from "../../../src/commands/doctor/references.ts";
import { readResources } from "../../../src/commands/doctor/resources.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { type Declared, type FieldSource, resourcesFrom, yamlOf } from "./support/examine.ts";

const byKey = { secretKeyRef: { name: "robots", key: "url" } };
const byName = { secretKeyRef: { name: "robots" } };
const ofEnv = { name: "vault", type: "secretstores.local.env", metadata: {} };

async function follow(
  declared: Declared,
  options: { stores?: Declared[]; loaded?: string[]; isKubernetes?: boolean } = {},
) {
  const { stores = [], loaded, isKubernetes = false } = options;
  const folder = await resourcesFrom([declared, ...stores].map(yamlOf).join("---\n"));
  const { components } = await readResources([folder]);
  const [component] = components;
  const context = { components, loaded, isKubernetes };
  const found = checkReferences(component ?? expect.fail("no component"), context);
  return (await collect(found)).map(({ check, level, remedy }) => ({ check, level, remedy }));
}

const robot = (source: FieldSource, secretStore?: string): Declared => ({
  name: "robot",
  metadata: { url: source },
  ...(secretStore !== undefined && { secretStore }),
});

describe("the doctor on references", () => {
  test.each([
    ["no secret store", "problem", robot(byKey), {}],
    ["a store without YAML", "problem", robot(byKey, "vault"), {}],
    ["another component as store", "problem", robot(byKey, "robot"), {}],
    [
      "a store that daprd did not load",
      "problem",
      robot(byKey, "vault"),
      { stores: [ofEnv], loaded: ["robot"] },
    ],
    [
      "a store that daprd passes over",
      "problem",
      robot(byKey, "vault"),
      { stores: [{ ...ofEnv, kind: "component" }] },
    ],
    [
      "a store that daprd loaded from elsewhere",
      "skipped",
      robot(byKey, "vault"),
      { loaded: ["vault"] },
    ],
    ["a store that is not asked", "skipped", robot(byKey, "vault"), { stores: [ofEnv] }],
    [
      "the store of the cluster",
      "skipped",
      robot(byKey),
      { isKubernetes: true, loaded: ["robot"] },
    ],
    ["a store of the cluster", "skipped", robot(byKey, "vault"), { isKubernetes: true }],
    ["a cluster's store from elsewhere", "skipped", robot(byKey, "kubernetes"), {}],
    [
      "a cluster's store beside a daprd without it",
      "problem",
      robot(byKey, "kubernetes"),
      { loaded: ["robot"] },
    ],
    ["a variable", "skipped", robot({ envRef: "ROBOT_URL" }), {}],
    ["a variable that daprd refuses", "problem", robot({ envRef: "DAPR_URL" }), {}],
  ])("judges %s: %s", async (_what, level, declared, options) => {
    const findings = await follow(declared, options);

    expect(findings.map((finding) => finding.level)).toEqual([level]);
  });

  test("says nothing of a component without references", async () => {
    const findings = await follow({ name: "robot", metadata: { url: "http://h/" } });

    expect(findings).toEqual([]);
  });

  test("tells in a cluster's terms what to do without a store", async () => {
    const [finding] = await follow(robot(byKey));

    expect(finding?.remedy).toMatch(/auth: .*the YAML of a cluster/);
  });
});

async function secretsFile(content: string): Promise<string> {
  const file = join(await tempFolder(), "secrets.json");
  await writeFile(file, content);
  return file;
}

const fileStore = (metadata: Record<string, string>): Declared => ({
  name: "local",
  type: "secretstores.local.file",
  metadata,
});

describe("the doctor on the file of a secret store", () => {
  test.each([
    [{ robots: "u" }, byName, {}, "ok"],
    [{ robots: "u" }, { secretKeyRef: { name: "robots", key: "robots" } }, {}, "ok"],
    [{ robots: { url: "u" } }, { secretKeyRef: { name: "robots:url" } }, {}, "ok"],
    [{ robots: ["u"] }, { secretKeyRef: { name: "robots.0" } }, { nestedSeparator: "." }, "ok"],
    [{ robots: { url: "u" } }, byKey, { multiValued: "true" }, "ok"],
    [{ robots: "u" }, byName, { multiValued: "true" }, "ok"],
    [{ robots: { url: "u" } }, byKey, {}, "problem"],
    [{ robots: { url: "u" } }, byName, {}, "problem"],
    [{ robots: "u" }, byKey, {}, "problem"],
    [{ robots: { secret: "u" } }, byKey, { multiValued: "true" }, "problem"],
    [{ robot: "u" }, byName, {}, "problem"],
    [{ robots: "" }, byName, {}, "problem"],
    [{ robots: 5 }, byName, {}, "problem"],
    [{ robots: null }, byName, {}, "problem"],
  ])("looks into %j for %j, with %j: %s", async (content, source, settings, level) => {
    const path = await secretsFile(JSON.stringify(content));
    const store = fileStore({ secretsFile: path, ...settings });

    const findings = await follow(robot(source, "local"), { stores: [store] });

    expect(findings).toMatchObject([{ check: "secret-store", level }]);
    expect(JSON.stringify(findings)).not.toContain('"u"');
  });

  test("names the spelling of a store that has no keys", async () => {
    const path = await secretsFile('{"robots": {"url": "u"}}');
    const store = fileStore({ secretsFile: path });

    const [finding] = await follow(robot(byKey, "local"), { stores: [store] });

    expect(finding?.remedy).toMatch(/^write name: robots:url without a key, or set multiValued/);
  });

  test.each([
    [{}, ["problem"]],
    [{ secretsFile: "/nowhere/secrets.json" }, ["warning"]],
    [{ secretsFile: "nowhere.json" }, ["skipped"]],
    [{ secretsFile: "/dev/zero" }, ["warning"]],
  ])("judges the path in %j: %j", async (metadata, levels) => {
    const findings = await follow(robot(byName, "local"), { stores: [fileStore(metadata)] });

    expect(findings.map(({ level }) => level)).toEqual(levels);
  });

  test.each(["{", "[]", "text"])("has a problem with the content %j", async (content) => {
    const store = fileStore({ secretsFile: await secretsFile(content) });

    const findings = await follow(robot(byName, "local"), { stores: [store] });

    expect(findings).toMatchObject([{ level: "problem" }]);
  });

  test("warns of a relative path that leads from the YAML alone, and looks into the file", async () => {
    const folder = join(await tempFolder(), "r");
    await mkdir(folder);
    await writeFile(join(folder, "beside.json"), '{"robots": "u"}');
    await writeFile(join(folder, "a.yaml"), yamlOf(robot(byName, "local")));
    await writeFile(join(folder, "b.yaml"), yamlOf(fileStore({ secretsFile: "beside.json" })));
    const { components } = await readResources([folder]);
    const [component] = components;
    const context = { components, loaded: undefined, isKubernetes: false };

    const findings = await collect(
      checkReferences(component ?? expect.fail("no component"), context),
    );

    expect(findings).toMatchObject([
      { level: "warning", message: expect.stringContaining("where daprd was started") },
      { level: "ok" },
    ]);
  });
});
