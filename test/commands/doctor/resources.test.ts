import { execFileSync } from "node:child_process";
import { symlink, truncate, writeFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
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

  test("lets no warning of the library quote a line", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    onTestFinished(() => warn.mockRestore());

    await parseResources("a.yaml", "kind: Component\nspec: {a: {{ SECplain }}, b: !x SECplain}\n");

    expect(warn).not.toHaveBeenCalled();
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

  test("does not wait for the writer of a FIFO", async () => {
    const folder = await resourcesOf({});
    execFileSync("mkfifo", [`${folder}/pipe.yaml`]);

    const { components, findings } = await readResources([folder]);

    expect(components).toHaveLength(1);
    expect(findings).toMatchObject([
      { level: "problem", message: "pipe.yaml is not a regular file", remedy: "move it away" },
    ]);
  });

  test("cures a link that leads nowhere by its own means", async () => {
    const folder = await resourcesOf({});
    await symlink(`${folder}/nothing`, `${folder}/link.yaml`);

    const { findings } = await readResources([folder]);

    expect(findings).toMatchObject([{ remedy: "correct the link or remove it" }]);
  });

  test.each([
    ["UTF-16", Buffer.from("\ufeffkind: Component", "utf16le"), "is not UTF-8"],
    ["GBK", Buffer.from([0x61, 0x3a, 0x20, 0xd6, 0xd0]), "is not UTF-8"],
  ])("refuses %s", async (_what, bytes, reason) => {
    const folder = await resourcesOf({});
    await writeFile(`${folder}/x.yaml`, bytes);

    const { findings } = await readResources([folder]);

    expect(findings).toMatchObject([{ level: "problem", message: `x.yaml ${reason}` }]);
  });

  test("does not read a huge file", async () => {
    const folder = await resourcesOf({});
    await truncate(`${folder}/robot.yaml`, 2 ** 40);

    const { findings } = await readResources([folder]);

    expect(findings).toMatchObject([
      { level: "problem", message: "robot.yaml is larger than 1 MiB" },
    ]);
  });

  test("replaces what a terminal would obey", async () => {
    const folder = await resourcesOf({});
    await symlink(`${folder}/nothing`, `${folder}/a\u001b[2J\u202e.yaml`);

    const { findings } = await readResources([folder]);

    expect(findings).toMatchObject([
      { message: expect.stringMatching(/^a\ufffd\[2J\ufffd\.yaml/) },
    ]);
  });
});

const bomb = [
  "a: &a [x, x, x, x, x, x, x, x, x]",
  ..."bcdefghi".split("").map((name, index) => {
    const former = "abcdefgh"[index];
    return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${former}`).join(", ")}]`;
  }),
].join("\n");

describe("the doctor on hostile YAML", () => {
  test.each([
    ["an alias bomb", bomb],
    ["ten thousand brackets", "[".repeat(10_000)],
    ["ten thousand closed brackets", `a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`],
  ])("says of %s that it cannot be read", async (_what, text) => {
    const { components, findings } = await parseResources("a.yaml", text);

    expect(components).toEqual([]);
    expect(findings).toMatchObject([
      { check: "yaml", level: "problem", message: expect.stringMatching(/^a\.yaml/) },
    ]);
  });

  test.each([
    ['a: "b', "a quotation mark, bracket, comma or blank is missing"],
    ["a: 1\na: 2", "a key stands twice"],
    ["\ta: b: c", "a line is indented with a tab"],
    ["a: *b", "an alias (*) leads to no anchor"],
    ["a: b: c", "a key and its value stand on the line of another key"],
  ])("says in words what is wrong with %j", async (text, words) => {
    const { findings } = await parseResources("a.yaml", text);

    expect(findings[0]?.message).toContain(words);
    expect(findings[0]?.message).not.toMatch(/[A-Z]{2}/);
  });
});
