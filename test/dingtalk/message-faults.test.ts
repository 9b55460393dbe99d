import { describe, expect, test } from "vitest";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import { parseMessage } from "../../src/dingtalk/message.ts";
import { findIgnoredField, findWrongType } from "../../src/dingtalk/message-faults.ts";

const text = { msgtype: "text", text: { content: "x" } };
const markdown = { msgtype: "markdown", markdown: { title: "t", text: "x" } };
const link = { title: "t", text: "x", messageUrl: "u" };
const card = (content: object) => ({
  msgtype: "actionCard",
  actionCard: { text: "x", ...content },
});
const story = { title: "t", messageURL: "u", picURL: "p" };
const odd = { toString: 1 };

const refusalOf = (body: object) => (): unknown => parseMessage(Buffer.from(JSON.stringify(body)));

describe("a misspelled field", () => {
  test.each([
    ["actionCard.singleURL", "actionCard.singleUrl", card({ singleTitle: "s", singleUrl: "u" })],
    ["actionCard.singleURL", "actionCard.single_url", card({ singleTitle: "s", single_url: "u" })],
    ["actionCard.singleTitle", "actionCard.singletitle", card({ singletitle: "s" })],
    ["actionCard.title", "actionCard.Title", card({ Title: "s" })],
    ["actionCard.btns", "actionCard.btn", card({ btn: [{ title: "b", actionURL: "u" }] })],
    [
      "actionCard.btns[1].actionURL",
      "actionCard.btns[1].actionUrl",
      card({ btns: [{}, { actionUrl: "u" }] }),
    ],
    ["actionCard.btnOrientation", "actionCard.btnorientation", card({ btnorientation: "1" })],
    ["actionCard.hideAvatar", "actionCard.hide_avatar", card({ hide_avatar: "1" })],
    ["link.picUrl", "link.picURL", { msgtype: "link", link: { ...link, picURL: "p" } }],
    ["link.picUrl", "link.picURL", { msgtype: "link", link: { ...link, picURL: "p", picUrl: "" } }],
    ["at", "At", { ...text, At: { isAtAll: true } }],
    ["msgUuid", "msgUUID", { ...text, msgUUID: "1" }],
    ["msgUuid", "msg_uuid", { ...text, msg_uuid: "1" }],
    ["at.atMobiles", "at.atmobiles", { ...text, at: { atmobiles: ["138"] } }],
    ["at.atMobiles", "at.atMobile", { ...text, at: { atMobile: ["138"] } }],
    ["at.atUserIds", "at.at_user_ids", { ...text, at: { at_user_ids: ["u"] } }],
    ["at.atDingtalkIds", "at.atDingTalkIds", { ...text, at: { atDingTalkIds: ["u"] } }],
    ["at.isAtAll", "at.IsAtAll", { ...text, at: { IsAtAll: true } }],
    ["at.isAtAll", "at.atAll", { ...text, at: { atAll: true } }],
    ["at.atMobiles", "at.mobiles", { ...text, at: { mobiles: ["138"] } }],
    ["at.atUserIds", "at.user_ids", { ...text, at: { user_ids: ["u"] } }],
    [
      "markdown.text",
      "markdown.Text",
      { msgtype: "markdown", markdown: { title: "t", Text: "x" } },
    ],
    ["msgtype", "msgType", { msgType: "text", text: { content: "x" } }],
  ])("is refused as %s for %s", (field, spelledAs, body) => {
    const act = refusalOf(body);

    expect(act).toThrow(InvalidMessageError);
    expect(act).toThrow(`the message has ${spelledAs} instead`);
    expect(act).toThrow(expect.objectContaining({ field }));
  });

  test.each([
    ["beside the right one", card({ singleTitle: "s", singleURL: "u", singleUrl: "u" })],
    ["with nothing in it", card({ singleUrl: "", btn: [], hideavatar: null })],
    ["of a type that nobody knows", { msgtype: "later", later: { Title: "t" }, At: {} }],
    ["that resembles none", { ...text, at: { atOpenIds: ["x"], atAll: false }, traceId: "1" }],
  ])("passes %s", (_case, body) => {
    expect(refusalOf(body)).not.toThrow();
  });
});

describe("several people in one element", () => {
  test.each(["138,139", "138, 139", "138；139", "138、139"])("are refused as %j", (element) => {
    const act = refusalOf({ ...text, at: { atMobiles: ["137", element] } });

    expect(act).toThrow(expect.objectContaining({ field: "at.atMobiles[1]" }));
    expect(act).toThrow("DingTalk ignores");
  });

  test.each(["138", "138 0000 0000", ",138", "138,"])("are not seen in %j", (element) => {
    expect(refusalOf({ ...text, at: { atMobiles: [element] } })).not.toThrow();
  });
});

describe("a field at a wrong place", () => {
  test.each([
    ["isAtAll", { ...text, isAtAll: true }],
    ["isAtAll", { ...text, isAtAll: "true", at: {} }],
    ["atMobiles", { ...markdown, atMobiles: ["138"] }],
    ["text.isAtAll", { msgtype: "text", text: { content: "x", isAtAll: true } }],
    ["text.at", { msgtype: "text", text: { content: "x", at: { atMobiles: ["138"] } } }],
    ["at.at", { ...text, at: { at: { atMobiles: ["138"] } } }],
    ["text.mentioned_list", { msgtype: "text", text: { content: "x", mentioned_list: ["u"] } }],
    ["actionCard.atUserIds", card({ atUserIds: ["u"] })],
    ["at_mobiles", { ...text, at_mobiles: ["138"] }],
    ["atMobile", { ...text, atMobile: ["138"] }],
    ["mentioned_mobile_list", { ...text, mentioned_mobile_list: ["138"] }],
    ["IsAtAll", { ...markdown, IsAtAll: true }],
    ["text.at_user_ids", { msgtype: "text", text: { content: "x", at_user_ids: ["u"] } }],
    ["at", { msgtype: "link", link, at: { atMobiles: ["138"] } }],
    ["at", { msgtype: "link", link, at: { isAtAll: true } }],
    ["text.msgUuid", { msgtype: "text", text: { content: "x", msgUuid: "k" } }],
    ["markdown.msg_uuid", { msgtype: "markdown", markdown: { ...markdown.markdown, msg_uuid: 7 } }],
    ["link.msgUuid", { msgtype: "link", link: { ...link, msgUuid: "k" } }],
    ["link.at", { msgtype: "link", link: { ...link, at: { atUserIds: ["u"] } } }],
    ["at", { msgtype: "feedCard", feedCard: { links: [story] }, at: { atDingtalkIds: ["u"] } }],
  ])("is refused as %s", (field, body) => {
    const act = refusalOf(body);

    expect(act).toThrow(InvalidMessageError);
    expect(act).toThrow(expect.objectContaining({ field }));
  });

  test.each([
    ["with nothing in it", { ...text, isAtAll: false, atMobiles: [] }],
    ["beside its right place", { ...text, text: { content: "x", msgUuid: "a" }, msgUuid: "b" }],
    ["of no key", { ...text, text: { content: "x", msgUuid: "" } }],
    ["beside the right place", { ...text, isAtAll: true, at: { isAtAll: true } }],
    ["of a type that pings nobody", { msgtype: "link", link, isAtAll: true }],
    ["that pings nobody", { msgtype: "link", link, at: { atMobiles: [], isAtAll: false } }],
  ])("passes %s", (_case, body) => {
    expect(refusalOf(body)).not.toThrow();
  });
});

describe("a field of a wrong type", () => {
  test.each([
    ["msgtype", { msgtype: odd }],
    ["msgtype", { msgtype: 1 }],
    ["text", { msgtype: "text", text: "x" }],
    ["text", { msgtype: "text", text: ["x"] }],
    ["text.content", { msgtype: "text", text: { content: odd } }],
    ["text.content", { msgtype: "text", text: { content: ["x"] } }],
    ["markdown.title", { msgtype: "markdown", markdown: { title: odd, text: "x" } }],
    ["link.picUrl", { msgtype: "link", link: { ...link, picUrl: odd } }],
    ["actionCard.btns", card({ btns: { title: "b" } })],
    ["actionCard.btns[0]", card({ btns: ["b"] })],
    ["actionCard.btns[0]", card({ btns: [null] })],
    ["actionCard.btns[1].title", card({ btns: [{}, { title: odd }] })],
    ["feedCard.links", { msgtype: "feedCard", feedCard: { links: "x" } }],
    ["feedCard.links[0]", { msgtype: "feedCard", feedCard: { links: ["x"] } }],
    ["at", { ...text, at: "138" }],
    ["at", { ...text, at: ["138"] }],
    ["at", { msgtype: "later", at: 1 }],
    ["at.atMobiles", { ...text, at: { atMobiles: "138" } }],
    ["at.atMobiles", { ...text, at: { atMobiles: 138 } }],
    ["at.atMobiles[0]", { ...text, at: { atMobiles: [odd] } }],
    ["at.atUserIds[1]", { ...text, at: { atUserIds: ["u", true] } }],
    ["at.atDingtalkIds[0]", { msgtype: "later", at: { atDingtalkIds: [["x"]] } }],
    ["at.isAtAll", { ...text, at: { isAtAll: odd } }],
  ])("is refused as %s", (field, body) => {
    const act = refusalOf(body);

    expect(act).toThrow(InvalidMessageError);
    expect(act).toThrow(expect.objectContaining({ field }));
  });

  test.each([
    ["numbers and booleans for texts", card({ title: 1, hideAvatar: 1, btnOrientation: false })],
    ["null for anything optional", card({ title: null, btns: null, singleURL: null })],
    ["a text for nothing in a list", { ...text, at: { atMobiles: "", atUserIds: null } }],
    ["an empty list of PHP for an object", { ...text, at: [] }],
    ["numbers for ids", { ...text, at: { atMobiles: [13800000000, null, ""] } }],
    ["a text for true", { ...text, at: { isAtAll: "true" } }],
    ["anything in a field that nobody knows", { ...text, extra: odd }],
  ])("passes as %s", (_case, body) => {
    expect(refusalOf(body)).not.toThrow();
  });

  test("says what is there and what is wanted", () => {
    const { field, found, wanted } = Object(findWrongType({ ...text, at: { atMobiles: "138" } }));

    expect({ field, found, wanted }).toEqual({
      field: "at.atMobiles",
      found: "a text",
      wanted: "a list",
    });
  });
});

test("a fault is found in any object", () => {
  const objects = [{}, { msgtype: odd }, { msgtype: "text" }, { msgtype: "text", text: 1, at: 1 }];

  expect(objects.map((body) => findIgnoredField(body))).toEqual(objects.map(() => undefined));
});
