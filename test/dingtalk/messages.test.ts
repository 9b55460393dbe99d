import { describe, expect, test } from "vitest";
import {
  createMessage,
  encodeMessage,
  parseMessage,
  readText,
} from "../../src/dingtalk/message.ts";
import { findMissingField } from "../../src/dingtalk/message-rules.ts";
import { findContent, findType, messageTypes } from "../../src/dingtalk/messages/index.ts";

/** What the group shows of a message. */
const viewOf = (message: Record<string, unknown>): unknown => {
  const found = findContent(message);
  return found?.type.view(found.content);
};

describe("messageTypes", () => {
  test.each(Object.entries(messageTypes))("holds %s under its own msgtype", (name, type) => {
    expect(type.msgtype).toBe(name);
    expect(findType(name)).toBe(type);
  });

  test.each(["constructor", "__proto__", "Text", "", undefined, 1])("does not know %s", (name) => {
    expect(findType(name)).toBeUndefined();
  });
});

describe("findMissingField", () => {
  test.each([
    [{}, "msgtype", 400105],
    [{ msgtype: "text" }, "text", 400201],
    [{ msgtype: "text", text: {} }, "text.content", 400202],
    [{ msgtype: "link", link: "x" }, "link", 400301],
    [{ msgtype: "link", link: {} }, "link.text", 400302],
    [{ msgtype: "link", link: { text: "x" } }, "link.title", 400303],
    [{ msgtype: "link", link: { text: "x", title: "t" } }, "link.messageUrl", 400304],
    [{ msgtype: "markdown" }, "markdown", 400401],
    [{ msgtype: "markdown", markdown: {} }, "markdown.title", 400402],
    [{ msgtype: "markdown", markdown: { title: "t" } }, "markdown.text", 400403],
    [{ msgtype: "actionCard" }, "actionCard", 400501],
    [{ msgtype: "actionCard", actionCard: {} }, "actionCard.text", 400503],
    [{ msgtype: "feedCard" }, "feedCard", 400601],
    [{ msgtype: "feedCard", feedCard: {} }, "feedCard.links", 400602],
    [{ msgtype: "feedCard", feedCard: { links: ["x"] } }, "feedCard.links[0].title", 400603],
    [
      { msgtype: "feedCard", feedCard: { links: [{ title: "t" }] } },
      "feedCard.links[0].messageURL",
      400604,
    ],
    [
      {
        msgtype: "feedCard",
        feedCard: {
          links: [
            { title: "t", messageURL: "u", picURL: "p" },
            { title: "t", messageURL: "u" },
          ],
        },
      },
      "feedCard.links[1].picURL",
      400605,
    ],
  ])("says of %j that %s is missing", (message, field, errcode) => {
    expect(findMissingField(message)).toEqual({ field, errcode });
  });

  test.each([
    [{ msgtype: "somethingNew" }],
    [{ msgtype: "actionCard", actionCard: { text: "x", btns: [{}] } }],
  ])("finds nothing in %j", (message) => {
    expect(findMissingField(message)).toBeUndefined();
  });
});

describe("view", () => {
  test.each([
    [
      { msgtype: "text", text: { content: "a" } },
      { layout: "bubble", text: "a", isMarkdown: false },
    ],
    [
      { msgtype: "markdown", markdown: { title: "t", text: "# a" } },
      { layout: "bubble", text: "# a", isMarkdown: true },
    ],
    [
      { msgtype: "link", link: { title: "t", text: "x", messageUrl: "u", picUrl: "p" } },
      { layout: "link", text: "x", story: { title: "t", address: "u", picture: "p" } },
    ],
    [
      { msgtype: "feedCard", feedCard: { links: [{ title: "t", messageURL: "u", picURL: "p" }] } },
      { layout: "stories", stories: [{ title: "t", address: "u", picture: "p" }] },
    ],
  ])("reads %j", (message, view) => {
    expect(viewOf(message)).toEqual(view);
  });

  const twoButtons = [
    { title: "Yes", actionURL: "y" },
    { title: "No", actionURL: "n" },
  ];

  test.each([
    ["one button", { singleTitle: "s", singleURL: "u", btns: twoButtons }, ["s"], false],
    [
      "the list where the single button has no address",
      { singleTitle: "s", btns: twoButtons },
      ["Yes", "No"],
      false,
    ],
    ["two in a row", { btns: twoButtons, btnOrientation: "1" }, ["Yes", "No"], true],
    ["no row of one", { btns: twoButtons.slice(0, 1), btnOrientation: "1" }, ["Yes"], false],
    ["none", {}, [], false],
  ])("shows of an actionCard's buttons %s", (_case, content, titles, isRow) => {
    const view = viewOf({ msgtype: "actionCard", actionCard: { text: "x", ...content } });

    expect(view).toMatchObject({ layout: "buttons", isRow });
    expect(view).toHaveProperty(
      "buttons",
      titles.map((title) => expect.objectContaining({ title })),
    );
  });

  test("reads a message of wrong types as an empty one", () => {
    const message = { msgtype: "feedCard", feedCard: { links: ["x", { title: 1 }] } };

    expect(viewOf(message)).toEqual({
      layout: "stories",
      stories: [{ title: "", address: "", picture: "" }],
    });
  });
});

const card = (button: object): object => ({ text: "x", btns: [button] });
const hidden = { text: "x", hideAvatar: 1 };

describe("createMessage", () => {
  test.each([
    ["text", { msgtype: "text", text: { content: "a" } }],
    ["link", { msgtype: "link", link: { title: "t", text: "x", messageUrl: "u" } }],
    ["actionCard", { msgtype: "actionCard", actionCard: { text: "x", title: null, btns: [{}] } }],
  ])("knows the type of a %s", (msgtype, body) => {
    expect(createMessage(body).type?.msgtype).toBe(msgtype);
  });

  test.each([
    ["an unknown type", { msgtype: "somethingNew", somethingNew: { text: "x" } }],
    ["a long number that was not kept", { msgtype: "text", text: { content: 2 ** 60 } }],
    ["a long fraction", { msgtype: "markdown", markdown: { title: 1 / 3, text: "x" } }],
  ])("lets %s pass through untouched", (_case, body) => {
    const json = JSON.stringify(body, null, 1);

    const message = parseMessage(Buffer.from(json));

    expect(message.type).toBeUndefined();
    expect(readText(message)).toBeUndefined();
    expect(encodeMessage(message).toString()).toBe(json);
  });

  test.each([
    ["text.content", { msgtype: "text", text: { content: 5 } }, "5"],
    ["text.content", { msgtype: "text", text: { content: 0 } }, "0"],
    ["text.content", { msgtype: "text", text: { content: 99.5 } }, "99.5"],
    ["markdown.title", { msgtype: "markdown", markdown: { title: true, text: "x" } }, "true"],
    ["actionCard.btns.0.title", { msgtype: "actionCard", actionCard: card({ title: 1 }) }, "1"],
    ["actionCard.hideAvatar", { msgtype: "actionCard", actionCard: hidden }, "1"],
  ])("writes a number or boolean in %s as robots show it", (field, body, shown) => {
    const message = parseMessage(Buffer.from(JSON.stringify(body)));

    expect(message.type?.msgtype).toBe(body.msgtype);
    expect(message.body).toHaveProperty(field, shown);
    expect(JSON.parse(message.json)).toEqual(message.body);
  });
});
