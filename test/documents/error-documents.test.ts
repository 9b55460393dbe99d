import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { callFaults, getFaults } from "../../scripts/docs/call-reasons.ts";
import {
  callbackFaults,
  notSent,
  refusals,
  sessionFaults,
  unreachable,
} from "../../scripts/docs/reasons.ts";
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

test.each(["docs/errors.md", "docs/errors.zh-CN.md"])(
  "%s has one anchor for each reason, in the first row of the reason",
  async (path) => {
    const tables = [refusals, unreachable, notSent, callFaults, getFaults];
    const rows = [...tables, sessionFaults, callbackFaults].flat();
    const reasons = [...new Set(rows.map(({ reason }) => reason))];
    const text = await readFile(new URL(path, root), "utf8");

    const { anchors } = parseMarkdown(text);

    expect(anchors.filter((id) => id !== "not-running")).toEqual(reasons);
    for (const reason of reasons) {
      const first = text.indexOf(`| <a id="${reason}"></a>\`${reason}\` |`);
      expect(first).toBeGreaterThan(0);
      expect(text.slice(0, first)).not.toContain(`\n| \`${reason}\` |`);
    }
  },
);
