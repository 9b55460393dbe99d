import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addMentions } from "../../src/dingtalk/add-mentions.ts";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import {
  findMention,
  findMentioned,
  type Mentions,
  mentionOf,
  readMentions,
} from "../../src/dingtalk/mentions.ts";
import { createMessage, type RobotMessage, readText } from "../../src/dingtalk/message.ts";

const nobody: Mentions = { atMobiles: [], atUserIds: [], isAtAll: false };

const message = (body: Record<string, unknown>): RobotMessage =>
  createMessage(body, JSON.stringify(body, null, 1));

const text = (content: string, at?: unknown): RobotMessage =>
  message({ msgtype: "text", text: { content }, ...(at !== undefined && { at }) });

describe("readMentions", () => {
  test.each<[string, unknown, Mentions]>([
    ["no at", undefined, nobody],
    [
      "lists of texts",
      { atMobiles: ["1"], atUserIds: ["u"] },
      { ...nobody, atMobiles: ["1"], atUserIds: ["u"] },
    ],
    ["numbers", { atMobiles: [13800000000] }, { ...nobody, atMobiles: ["13800000000"] }],
    ["lists with nothing in them", { atMobiles: "", atUserIds: [null, ""] }, nobody],
    [
      "what is no id",
      { atMobiles: [{ toString: 1 }, [], true], atUserIds: { toString: 1 } },
      nobody,
    ],
    ["true as a text", { isAtAll: "True" }, { ...nobody, isAtAll: true }],
    ["true as a number", { isAtAll: 1 }, { ...nobody, isAtAll: true }],
    ["false as a text", { isAtAll: "false" }, nobody],
    ["an object for true", { isAtAll: { toString: 1 } }, nobody],
  ])("reads %s", (_case, at, mentions) => {
    expect(readMentions({ body: { at } })).toEqual(mentions);
  });
});

describe("findMention", () => {
  test.each([
    ["call @+1-1234567890 now", "+1-1234567890", 5],
    ["ops@138 @1380 @138", "138", 14],
    ["@user-1", "user", -1],
    ["@user-1", "user-1", 0],
    ["@a.b", "a.b", 0],
    ["@axb", "a.b", -1],
  ])("finds in %s the mention of %s at %i", (content, id, offset) => {
    expect(findMention(content, id)).toBe(offset);
  });
});

describe("mentionOf", () => {
  test("matches each mention of the people, and the longer of two ids", () => {
    const found = [..."@138 x@138 @1380, @ann@138 @138".matchAll(mentionOf(["138", "1380"]))];

    expect(found.map(({ 0: mention, index }) => [mention, index])).toEqual([
      ["@138", 0],
      ["@1380", 11],
      ["@138", 27],
    ]);
  });
});

describe("findMentioned", () => {
  test("finds the same people as findMention, in one pass", () => {
    const id = fc.stringMatching(/^[a1.@_+-]{1,4}$/);
    const anyText = fc.string({ unit: fc.constantFrom("@", "a", "1", ".", " ", "_", "-", "磁") });

    fc.assert(
      fc.property(anyText, fc.uniqueArray(id), (content, ids) => {
        const found = findMentioned(content, ids);

        expect([...found].toSorted()).toEqual(
          ids.filter((one) => findMention(content, one) !== -1).toSorted(),
        );
      }),
    );
  });
});

describe("addMentions", () => {
  test("returns the very same message when nobody is mentioned", () => {
    const original = text("hi", { atMobiles: ["1"] });

    expect(addMentions(original, nobody)).toBe(original);
  });

  test("appends people to a text", () => {
    const mentions = { atMobiles: ["1380000"], atUserIds: ["ann"], isAtAll: false };

    const { body, json } = addMentions(text("disk full"), mentions);

    expect(body).toEqual({
      msgtype: "text",
      text: { content: "disk full @1380000 @ann" },
      at: { atMobiles: ["1380000"], atUserIds: ["ann"] },
    });
    expect(JSON.parse(json)).toEqual(body);
  });

  test("appends people to markdown as a paragraph of its own", () => {
    const markdown = { title: "t", text: "- a\n- b" };

    const { body } = addMentions(message({ msgtype: "markdown", markdown }), {
      ...nobody,
      atUserIds: ["ann"],
    });

    expect(body).toHaveProperty("markdown", { title: "t", text: "- a\n- b\n\n@ann" });
  });

  test.each([
    ["a longer number", "@13800001", "@13800001 @1380000"],
    ["a longer name", "@1380000-x", "@1380000-x @1380000"],
    ["an address", "ops@1380000", "ops@1380000 @1380000"],
    ["a domain", "@1380000.org", "@1380000.org @1380000"],
    ["the number alone", "1380000", "1380000 @1380000"],
  ])("does not take %s for a mention", (_case, content, expected) => {
    const { body } = addMentions(text(content), { ...nobody, atMobiles: ["1380000"] });

    expect(body).toHaveProperty("text", { content: expected });
  });

  test.each(["@1380000", "see @1380000.", "请@1380000看", "@13800001 @1380000", "(@1380000)"])(
    "leaves %s as it is",
    (content) => {
      const { body } = addMentions(text(content), { ...nobody, atMobiles: ["1380000"] });

      expect(body).toHaveProperty("text", { content });
    },
  );

  test("adds nothing to the text for all", () => {
    const { body } = addMentions(text("hi"), { ...nobody, isAtAll: true });

    expect(body).toEqual({ msgtype: "text", text: { content: "hi" }, at: { isAtAll: true } });
  });

  test("merges with the message's own mentions", () => {
    const own = { atMobiles: ["2", "1"], isAtAll: true, atOpenIds: ["x"] };

    const { body } = addMentions(text("@1 @2 @3", own), {
      atMobiles: ["3", "1", "3"],
      atUserIds: ["u"],
      isAtAll: false,
    });

    expect(body.at).toEqual({
      atMobiles: ["2", "1", "3"],
      atUserIds: ["u"],
      isAtAll: true,
      atOpenIds: ["x"],
    });
  });

  test("appends people to the text of an actionCard", () => {
    const actionCard = { title: "t", text: "x @1", btns: [{ title: "b", actionURL: "u" }] };

    const { body } = addMentions(message({ msgtype: "actionCard", actionCard }), {
      ...nobody,
      atMobiles: ["1", "2"],
    });

    expect(body).toEqual({
      msgtype: "actionCard",
      actionCard: { ...actionCard, text: "x @1\n\n@2" },
      at: { atMobiles: ["1", "2"] },
    });
  });

  test("leaves the text of an unknown type alone", () => {
    const later = { msgtype: "later", later: { text: "x" } };

    const { body } = addMentions(message(later), { ...nobody, atMobiles: ["1"] });

    expect(body).toEqual({ ...later, at: { atMobiles: ["1"] } });
  });

  test.each([
    ["a block of backticks", "see\n```\ncode", "see\n```\ncode\n```\n\n@1"],
    ["a block of tildes", "~~~~\ncode\n", "~~~~\ncode\n~~~~\n\n@1"],
    ["a closed block", "```\ncode\n```", "```\ncode\n```\n\n@1"],
  ])("keeps people out of %s", (_case, content, expected) => {
    const markdown = message({ msgtype: "markdown", markdown: { title: "t", text: content } });

    const added = addMentions(markdown, { ...nobody, atMobiles: ["1"] });

    expect(readText(added)).toBe(expected);
  });

  test.each([
    ["link", "atMobiles", { atMobiles: ["1"] }],
    ["link", "atUserIds", { atUserIds: ["1"] }],
    ["feedCard", "isAtAll", { isAtAll: true }],
  ])("refuses to add people to a %s, naming %s", (msgtype, field, mentions) => {
    const contents = {
      link: { title: "t", text: "x", messageUrl: "u" },
      feedCard: { links: [{ title: "t", messageURL: "u", picURL: "p" }] },
    };
    const add = () => addMentions(message({ msgtype, ...contents }), { ...nobody, ...mentions });

    expect(add).toThrow(InvalidMessageError);
    expect(add).toThrow(expect.objectContaining({ field }));
  });

  test.each([
    ["an empty text", { atMobiles: "" }],
    ["null", { atMobiles: null }],
    ["PHP's empty list", []],
  ])("takes %s for nobody", (_case, at) => {
    const { body } = addMentions(text("hi", at), { ...nobody, atMobiles: ["2"] });

    expect(body.at).toEqual({ atMobiles: ["2"] });
  });

  test.each([
    ["at", "all"],
    ["at", ["1"]],
    ["at.atMobiles", { atMobiles: "1" }],
  ])("refuses to add to a wrong %s", (field, at) => {
    const add = () => addMentions(text("hi", at), { ...nobody, atMobiles: ["2"] });

    expect(add).toThrow(InvalidMessageError);
    expect(add).toThrow(expect.objectContaining({ field }));
  });

  test("lets everybody be found, and changes nothing the second time", () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_+-]{1,12}$/);
    const anyMentions = fc.record({
      atMobiles: fc.array(id),
      atUserIds: fc.array(id, { minLength: 1 }),
      isAtAll: fc.boolean(),
    });
    const anyText = fc.string({ unit: fc.constantFrom("@", "a", "1", ".", " ", "\n", "磁") });

    fc.assert(
      fc.property(anyText, anyMentions, (content, mentions) => {
        const once = addMentions(text(content), mentions);

        const twice = addMentions(once, mentions);

        const written = readText(once) ?? "";
        const ids = [...mentions.atMobiles, ...mentions.atUserIds];
        expect(ids.filter((one) => findMention(written, one) === -1)).toEqual([]);
        expect(twice.body).toEqual(once.body);
      }),
    );
  });
});
