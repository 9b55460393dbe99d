import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseMarkdown } from "./markdown.ts";

const root = new URL("../../", import.meta.url);

test("docs/errors.md has every reason that the code gives", async () => {
  const paths = (await readdir(new URL("src", root), { recursive: true })).filter((path) =>
    path.endsWith(".ts"),
  );
  const sources = await Promise.all(
    paths.map((path) => readFile(new URL(`src/${path}`, root), "utf8")),
  );
  const reasons = sources
    .flatMap((source) => [...source.matchAll(/\breason: "([a-z-]+)"/g)])
    .map(([, reason = ""]) => `\`${reason}\``);

  const { rows } = parseMarkdown(await readFile(new URL("docs/errors.md", root), "utf8"));

  expect(rows.map(([first]) => first)).toEqual(expect.arrayContaining(reasons));
  expect(reasons).not.toEqual([]);
});
