import { readdir, readFile } from "node:fs/promises";
import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import {
  statusOfNotSent,
  statusOfRefusal,
  statusOfUnreachable,
} from "../../src/binding/failures.ts";
import { type NotSentReason, notSentTexts } from "../../src/delivery/errors.ts";
import { catalogue, gatewayBan } from "../../src/dingtalk/errcodes.ts";
import { type UnreachableReason, unreachableRemedies } from "../../src/dingtalk/errors.ts";
import { parseMarkdown } from "./markdown.ts";

const root = new URL("../../", import.meta.url);

const rowsOf = async (path: string): Promise<readonly (readonly string[])[]> =>
  parseMarkdown(await readFile(new URL(path, root), "utf8")).rows;

/** The cells of each row as the code has them: what stays in every language, then the sentences. */
const refusals = [...catalogue, { ...gatewayBan, errcodes: [] }].map((refusal) => ({
  names: [
    `\`${refusal.reason}\``,
    refusal.errcodes.join(", ") || "–",
    `\`${status[statusOfRefusal[refusal.kind]]}\``,
  ],
  sentences: [refusal.summary, refusal.remedy],
}));

const notSent = (Object.keys(notSentTexts) as NotSentReason[]).map((reason) => ({
  names: [`\`${reason}\``, `\`${status[statusOfNotSent[reason]]}\``],
  sentences: [notSentTexts[reason].message, notSentTexts[reason].remedy],
}));

const unreachable = (Object.keys(unreachableRemedies) as UnreachableReason[]).map((reason) => ({
  names: [`\`${reason}\``, `\`${status[statusOfUnreachable[reason]]}\``],
  sentences: [unreachableRemedies[reason]],
}));

const rows = [...refusals, ...notSent, ...unreachable];

describe("docs/errors.md", () => {
  test.each(rows)("has the row of $names.0 $names.1", async ({ names, sentences }) => {
    expect(await rowsOf("docs/errors.md")).toContainEqual([...names, ...sentences]);
  });

  test("has the reasons and statuses of README.md", async () => {
    const inErrors = (await rowsOf("docs/errors.md")).flatMap(([first = "", ...cells]) =>
      cells.filter((cell) => /^`[A-Z_]+`$/.test(cell)).map((cell) => `${cell} ${first}`),
    );

    const inReadme = (await rowsOf("README.md"))
      .filter(([first = ""]) => /^`[A-Z_]+`$/.test(first) && first.slice(1, -1) in status)
      .flatMap(([first = "", cell = ""]) =>
        (cell.match(/`[a-z-]+`/g) ?? [])
          .filter((reason) => reason !== "`get`")
          .map((reason) => `${first} ${reason}`),
      );
    expect([...new Set(inErrors)].sort()).toEqual([...new Set(inReadme)].sort());
  });

  test("has every reason that the code gives", async () => {
    const paths = (await readdir(new URL("src", root), { recursive: true })).filter(
      (path) => path.endsWith(".ts") && !path.startsWith("sandbox"),
    );
    const sources = paths.map((path) => readFile(new URL(`src/${path}`, root), "utf8"));

    const reasons = (await Promise.all(sources))
      .flatMap((source) => [...source.matchAll(/\breason: "([a-z-]+)"/g)])
      .map(([, reason = ""]) => `\`${reason}\``);
    const documented = (await rowsOf("docs/errors.md")).map(([first]) => first);
    expect(documented).toEqual(expect.arrayContaining(reasons));
  });
});

describe("docs/errors.zh-CN.md", () => {
  test.each(rows)("has the row of $names.0 $names.1", async ({ names, sentences }) => {
    const row = [...names, ...sentences.map(() => expect.stringMatching(/\p{Script=Han}/u))];

    expect(await rowsOf("docs/errors.zh-CN.md")).toContainEqual(row);
  });
});
