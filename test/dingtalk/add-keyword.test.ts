import { describe, expect, test } from "vitest";
import { addKeyword } from "../../src/dingtalk/add-keyword.ts";
import { createMessage } from "../../src/dingtalk/message.ts";

describe("addKeyword", () => {
  test.each([
    ["a text", "text", { content: "disk full" }, { content: "告警 disk full" }],
    ["markdown", "markdown", { title: "t", text: "# a" }, { title: "告警 t", text: "告警\n\n# a" }],
    [
      "a text alone",
      "markdown",
      { title: "告警", text: "a" },
      { title: "告警", text: "告警\n\na" },
    ],
    ["a title alone", "markdown", { title: "t", text: "告警" }, { title: "告警 t", text: "告警" }],
    [
      "a link",
      "link",
      { title: "t", text: "a", messageUrl: "u" },
      { title: "告警 t", text: "告警 a", messageUrl: "u" },
    ],
    ["a card", "actionCard", { title: "t", text: "a" }, { title: "告警 t", text: "告警\n\na" }],
    ["a card without a title", "actionCard", { text: "a" }, { text: "告警\n\na" }],
    [
      "a list of links",
      "feedCard",
      { links: [1, 2].map((n) => ({ title: `t${n}`, messageURL: "u", picURL: "p" })) },
      {
        links: [
          { title: "告警 t1", messageURL: "u", picURL: "p" },
          { title: "t2", messageURL: "u", picURL: "p" },
        ],
      },
    ],
  ])("puts the keyword where it is missing in %s", (_case, msgtype, content, expected) => {
    const message = createMessage({ msgtype, [msgtype]: content, at: { isAtAll: true } });

    const { body, json } = addKeyword(message, "告警");

    expect(body).toEqual({ msgtype, [msgtype]: expected, at: { isAtAll: true } });
    expect(JSON.parse(json)).toEqual(body);
  });

  test.each([
    ["holds it", "告警", "text", { content: "磁盘告警" }],
    [
      "holds it in any title",
      "告警",
      "feedCard",
      { links: [1, 2].map((n) => ({ title: `${n} 告警`, messageURL: "u", picURL: "p" })) },
    ],
    ["is of an unknown type", "告警", "image", { picURL: "u" }],
    ["is for a robot without one", undefined, "text", { content: "disk full" }],
  ])("leaves a message as it is that %s", (_case, keyword, msgtype, content) => {
    const message = createMessage({ msgtype, [msgtype]: content });

    expect(addKeyword(message, keyword)).toBe(message);
  });
});
