import { symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parseResources, readResources } from "../../../src/commands/doctor/resources.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { resourcesFrom, resourcesOf } from "./support/examine.ts";

describe("the doctor on YAML", () => {
  test("reads every document of a file except broken ones", async () => {
    const text = [
      "kind: Component\nmetadata: {name: a}\nspec: {type: bindings.x}",
      "kind: Component\nmetadata: [",
      "kind: Resiliency\nmetadata: {name: b}",
      "",
      "kind: Component\nmetadata: {name: c}\nspec: {type: bindings.y, metadata: [text]}",
    ].join("\n---\n");

    const { components, findings } = await parseResources("two.yaml", text);

    expect(components.map(({ name }) => name)).toEqual(["a", "c"]);
    expect(findings).toMatchObject([
      { check: "yaml", level: "problem", message: expect.stringMatching(/^two\.yaml, line \d/) },
    ]);
  });

  test("does not quote a broken line", async () => {
    const { findings } = await parseResources("a.yaml", "secret: 'SECplain\nurl: [\n");

    expect(findings).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toContain("SECplain");
  });

  test("reads values as daprd does", async () => {
    const items = [
      "{name: n, value: 5}",
      "{name: b, value: true}",
      "{name: e}",
      "{name: r, envRef: R}",
    ];
    const text = `kind: Component\nspec: {metadata: [${items.join(", ")}]}`;

    const { components } = await parseResources("a.yaml", text);

    expect(components[0]?.fields).toEqual([
      { name: "n", value: "5" },
      { name: "b", value: "true" },
      { name: "e", value: "" },
      { name: "r", value: undefined },
    ]);
  });

  test.each(["robot.yaml", "robot.yml"])("reads %s", async (file) => {
    const folder = await resourcesFrom("kind: Component", file);

    const { components } = await readResources([folder]);

    expect(components).toMatchObject([{ file }]);
  });

  test("finds a folder without YAML and a folder that is missing", async () => {
    const folder = await resourcesFrom("kind: Component", "robot.json");

    const { findings } = await readResources([folder, `${await tempFolder()}/none`]);

    expect(findings).toMatchObject([
      { check: "resources", level: "problem", message: expect.stringContaining("no YAML file") },
      { check: "resources", level: "problem", message: expect.stringContaining("ENOENT") },
    ]);
  });

  test("finds a file that cannot be read", async () => {
    const folder = await resourcesOf({});
    await symlink(`${folder}/nothing`, `${folder}/link.yaml`);

    const { components, findings } = await readResources([folder]);

    expect(components).toHaveLength(1);
    expect(findings).toMatchObject([
      { check: "resources", message: expect.stringContaining("link.yaml") },
    ]);
  });
});
