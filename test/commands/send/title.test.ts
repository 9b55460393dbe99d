import { describe, expect, test } from "vitest";
import { findTitle } from "../../../src/commands/send/title.ts";

describe("the title of a Markdown file", () => {
  test.each([
    ["# Disk full", "Disk full"],
    ["intro\r\n### Disk full ###\r\n", "Disk full"],
    ["```sh\n# comment\n```\n# Disk full", "Disk full"],
    ["~~~\n# a\n~~~\n\n```\n# b\n```\n## c", "c"],
    ["> ```\n> # quoted\n> ```\n# Disk full", "Disk full"],
    ["# **Disk** _full_ on `db-1` ~~now~~", "Disk full on db-1 now"],
    ["# [Disk](https://h/a_b) ![full](https://h/i.png)", "Disk full"],
    ['# <font color="red">Disk</font> full', "Disk full"],
    ["# snake_case and 2 \\* 3", "snake_case and 2 * 3"],
    ["# C#", "C#"],
    ["# ![](https://h/logo.png)\n## Disk full", "Disk full"],
    ["# 磁盘 **93 %**", "磁盘 93 %"],
  ])("of %j is %j", (markdown, title) => {
    expect(findTitle(markdown)).toBe(title);
  });

  test.each(["", "#tag", "    # code", "```\n# never closed", "a # b"])(
    "is not found in %j",
    (markdown) => {
      expect(findTitle(markdown)).toBeUndefined();
    },
  );
});
