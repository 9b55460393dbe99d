import { describe, expect, test } from "vitest";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import type { Mentions } from "../../src/dingtalk/mentions.ts";
import { parseMentions } from "../../src/dingtalk/parse-mentions.ts";

const nobody: Mentions = { atMobiles: [], atUserIds: [], isAtAll: false };

describe("parseMentions", () => {
  test.each<[string, Record<string, string>, Mentions]>([
    ["nothing", {}, nobody],
    ["other keys", { msgUuid: "1" }, nobody],
    ["empty values", { atMobiles: "", atUserIds: " , ,", isAtAll: "" }, nobody],
    ["one mobile", { atMobiles: "1380000" }, { ...nobody, atMobiles: ["1380000"] }],
    ["many with blanks", { atUserIds: " a ,b,, c" }, { ...nobody, atUserIds: ["a", "b", "c"] }],
    [
      "keys in another case",
      { ATMOBILES: "1", isatall: "true" },
      { ...nobody, atMobiles: ["1"], isAtAll: true },
    ],
    ["a list of JSON", { atMobiles: '["138","139"]' }, { ...nobody, atMobiles: ["138", "139"] }],
    ["numbers in a list", { atMobiles: "[138, 139]" }, { ...nobody, atMobiles: ["138", "139"] }],
    [
      "Chinese marks",
      { atMobiles: "138，139；140、141;142" },
      { ...nobody, atMobiles: ["138", "139", "140", "141", "142"] },
    ],
    ["blanks and lines", { atUserIds: "a b\nc" }, { ...nobody, atUserIds: ["a", "b", "c"] }],
    [
      "@ before ids",
      { atUserIds: "@a, ＠b", atMobiles: '["@138"]' },
      { ...nobody, atUserIds: ["a", "b"], atMobiles: ["138"] },
    ],
    ["an empty list", { atMobiles: "[]", atUserIds: '[""]' }, nobody],
    [
      "overseas numbers",
      { atMobiles: "+1-1234567890,+8613800000000" },
      { ...nobody, atMobiles: ["+1-1234567890", "+8613800000000"] },
    ],
    [
      "ids of other kinds",
      { atUserIds: "$:LWCP_v1:$a+b/c==,x@y.z" },
      { ...nobody, atUserIds: ["$:LWCP_v1:$a+b/c==", "x@y.z"] },
    ],
    [
      "a number with blanks",
      { atMobiles: "138 0000 0000, 13900000000" },
      { ...nobody, atMobiles: ["13800000000", "13900000000"] },
    ],
    [
      "a list with blanks in a number",
      { atMobiles: '["138 0000 0000","1390000 0000"]' },
      { ...nobody, atMobiles: ["13800000000", "13900000000"] },
    ],
    [
      "numbers with blanks between them",
      { atMobiles: "13800000000 13900000000" },
      { ...nobody, atMobiles: ["13800000000", "13900000000"] },
    ],
    ["ids of digits", { atUserIds: "1001 1002" }, { ...nobody, atUserIds: ["1001", "1002"] }],
    ["isAtAll false", { isAtAll: "false" }, nobody],
    ["isAtAll in capitals", { isAtAll: " TRUE\n" }, { ...nobody, isAtAll: true }],
  ])("reads %s", (_case, metadata, mentions) => {
    expect(parseMentions(metadata)).toEqual(mentions);
  });

  test.each(["yes", "1", "true,false"])("refuses %s for isAtAll", (isAtAll) => {
    const parse = () => parseMentions({ isAtAll });

    expect(parse).toThrow(InvalidMessageError);
    expect(parse).toThrow(expect.objectContaining({ field: "isAtAll" }));
  });

  test.each([
    ["atMobiles", "ann"],
    ["atMobiles", "138-0000-0000"],
    ["atMobiles", "+86 13800000000"],
    ["atMobiles", '{"toString":1}'],
    ["atMobiles", "[[138]]"],
    ["atMobiles", "null"],
    ["atMobiles", "1".repeat(21)],
    ["atMobiles", "138,".repeat(250_000)],
    ["atUserIds", "null"],
    ["atMobiles", "138 0000"],
    ["atMobiles", "all"],
    ["atUserIds", "[object Object]"],
    ["atUserIds", "NULL"],
    ["atUserIds", "None"],
    ["atUserIds", "nil,a"],
    ["atUserIds", "NaN"],
    ["atUserIds", "False"],
    ["atUserIds", "all"],
    ["atUserIds", "@All"],
    ["atUserIds", "所有人"],
    ["atUserIds", "张三"],
    ["atUserIds", "a|b"],
    ["atUserIds", "<@U1>"],
    ["isAtAll", "true".repeat(10_000)],
  ])("refuses for %s what is no id", (field, value) => {
    const parse = () => parseMentions({ [field]: value });

    expect(parse).toThrow(InvalidMessageError);
    expect(parse).toThrow(expect.objectContaining({ field }));
  });

  test.each(["all", "@all", "所有人"])("leads from %s to isAtAll", (atUserIds) => {
    expect(() => parseMentions({ atUserIds })).toThrow(
      expect.objectContaining({ remedy: "set isAtAll to true to ping everybody" }),
    );
  });
});
