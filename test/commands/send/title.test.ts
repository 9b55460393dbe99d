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
    ["---\ntitle: x\n# note\n---\n# Disk full", "Disk full"],
    ["<!-- draft\n# old\n-->\n# Disk full", "Disk full"],
    ["intro\n\nDisk *full*\n=====\n# later", "Disk full"],
    ["# `a*b*c` &amp; _d_", "a*b*c & d"],
    ["# **`a_b`** full", "a_b full"],
  ])("of %j is %j", (markdown, title) => {
    expect(findTitle(markdown)).toBe(title);
  });

  test.each([
    "",
    "#tag",
    "    # code",
    "```\n# never closed",
    "a # b",
    "<!--\n# never closed",
    "\n===",
  ])("is not found in %j", (markdown) => {
    expect(findTitle(markdown)).toBeUndefined();
  });
});
