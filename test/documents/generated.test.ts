import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { fillBlocks } from "../../scripts/docs/blocks.ts";
import { documents } from "../../scripts/docs/main.ts";

describe("npm run docs", () => {
  test.each(Object.entries(documents))("has nothing to change in %s", async (path, blocks) => {
    const text = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");

    const filled = fillBlocks(text, blocks, path);

    expect(filled).toBe(text);
  });
});

describe("fillBlocks", () => {
  test.each([
    ["a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n"],
    ["a\n<!-- generated: x -->\n<!-- end -->\nb\n"],
  ])("replaces what stands between the markers of %j", (text) => {
    const filled = fillBlocks(text, { x: "new" }, "a.md");

    expect(filled).toBe("a\n<!-- generated: x -->\nnew\n<!-- end -->\nb\n");
  });

  test("takes comments of YAML as markers", () => {
    const filled = fillBlocks("# generated: x\nold\n# end\n", { x: "new" }, "a.yaml");

    expect(filled).toBe("# generated: x\nnew\n# end\n");
  });

  test("takes a dollar sign as it is", () => {
    const filled = fillBlocks("# generated: x\n# end\n", { x: "$1 $&" }, "a.yaml");

    expect(filled).toBe("# generated: x\n$1 $&\n# end\n");
  });

  test.each([
    ["no markers", "text\n", "a.md has no markers for x"],
    ["no end", "<!-- generated: x -->\n", "a.md has no markers for x"],
    ["an unknown block", "<!-- generated: y -->\n<!-- end -->\n", "unknown or repeated block y"],
    [
      "a block twice",
      "<!-- generated: x -->\n<!-- end -->\n".repeat(2),
      "unknown or repeated block x",
    ],
  ])("refuses a text with %s", (_, text, problem) => {
    expect(() => fillBlocks(text, { x: "new" }, "a.md")).toThrow(problem);
  });
});
