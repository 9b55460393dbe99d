import { describe, expect, test } from "vitest";
import { createSandbox, hello, received, send } from "../support/sandbox.ts";

const cards = { title: "t", messageURL: "http://a.example", picURL: "http://a.example/p.png" };

describe("a robot without security", () => {
  test.each([
    ["text", { text: { content: "hello" } }],
    ["link", { link: { title: "t", text: "x", messageUrl: "http://a.example" } }],
    ["markdown", { markdown: { title: "t", text: "# x" } }],
    ["actionCard", { actionCard: { title: "t", text: "x", btns: [] } }],
    ["feedCard", { feedCard: { links: [cards] } }],
  ])("accepts a message of type %s", async (msgtype, content) => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, { message: { msgtype, ...content } });

    expect(answer).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await received(sandbox)).toMatchObject([{ message: { msgtype, ...content } }]);
  });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
  ])("accepts the content type %s", async (contentType) => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, { contentType });

    expect(answer.errcode).toBe(0);
  });

  test.each([
    ["single quotes", "{'msgtype':'text','text':{'content':'hello'}}"],
    ["trailing commas", '{"msgtype":"text","text":{"content":"hello",},}'],
    ["a line break in a string", '{"msgtype":"text","text":{"content":"hel\nlo"}}'],
    ["unquoted names", '{msgtype:"text",text:{content:"hello"}}'],
  ])("reads JSON with %s as DingTalk does", async (_, message) => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, { message });

    expect(answer).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await received(sandbox)).toMatchObject([
      { message: { msgtype: "text", text: { content: expect.stringMatching(/^hel\n?lo$/) } } },
    ]);
  });

  test.each([
    ["text/plain", { contentType: "text/plain" }, 43004],
    ["a content type that only starts like JSON", { contentType: "application/jsonx" }, 43004],
    ["no body", { message: "" }, 40035],
    ["broken JSON", { message: "{" }, 40035],
    ["a list", { message: [] }, 40035],
    ["null", { message: "null" }, 40035],
    ["JSON in a hundred thousand levels", { message: "[".repeat(100_000) }, 40035],
    [
      "a message in two hundred levels",
      { message: `{"msgtype":"text","x":${"[".repeat(200)}${"]".repeat(200)}}` },
      40035,
    ],
    ["no msgtype", { message: {} }, 300001],
    ["a msgtype that is null", { message: { msgtype: null } }, 300001],
    ["an unknown msgtype", { message: { msgtype: "image", image: {} } }, 400105],
    ["a msgtype that objects inherit", { message: { msgtype: "constructor" } }, 400105],
    ["a msgtype that is no string", { message: { msgtype: 1 } }, 400105],
    ["a text without its object", { message: { msgtype: "text" } }, 400201],
    ["an empty text", { message: { msgtype: "text", text: { content: "" } } }, 400202],
    ["a link in the wrong letter case", { message: link({ messageURL: "http://a" }) }, 400304],
    ["a markdown without title", { message: { msgtype: "markdown", markdown: {} } }, 400402],
    ["a card without text", { message: { msgtype: "actionCard", actionCard: {} } }, 400503],
    ["a feed without links", { message: { msgtype: "feedCard", feedCard: {} } }, 400602],
  ])("refuses %s", async (_, sending, errcode) => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, sending);

    expect(answer.errcode).toBe(errcode);
    expect(await received(sandbox)).toEqual([]);
  });

  test.each([
    [20_000, 0],
    [20_001, 460101],
  ])("answers a body of %i bytes with %i", async (bytes, errcode) => {
    const { sandbox } = await createSandbox();
    const message = JSON.stringify(hello);

    const answer = await send(sandbox, { message: message + " ".repeat(bytes - message.length) });

    expect(answer.errcode).toBe(errcode);
  });

  test("counts bytes and not characters", async () => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, {
      message: { msgtype: "text", text: { content: "好".repeat(7000) } },
    });

    expect(answer.errcode).toBe(460101);
  });

  test("answers refusals with HTTP 200 and JSON", async () => {
    const { sandbox } = await createSandbox();

    const response = await fetch(`${sandbox.url}/robot/send`);

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ errcode: 43002, errmsg: "需要POST请求" });
  });
});

describe("a robot with keywords", () => {
  const robots = [{ token: "sandbox", keywords: ["alert", "告警"] }];

  test.each([
    ["holds one of them", { msgtype: "text", text: { content: "新告警" } }, 0],
    ["holds one in another field", { ...link({ messageUrl: "http://alert.example" }) }, 0],
    ["holds none", hello, 310000],
    ["has one only as a field's name", { ...hello, alert: 1 }, 310000],
    ["has one across two fields", { ...hello, one: "ale", two: "rt" }, 310000],
  ])("looks at a message that %s", async (_, message, errcode) => {
    const { sandbox } = await createSandbox(robots);

    const answer = await send(sandbox, { message });

    expect(answer.errcode).toBe(errcode);
  });
});

describe("the order of the checks", () => {
  const bad = { msgtype: "nonsense", x: "y".repeat(20_000) };
  const long = { msgtype: "text", keyword: "alert", x: "y".repeat(20_000) };
  const signed = { token: "signed", query: "" };

  test("asks for POST before it asks for a token", async () => {
    const { sandbox } = await createSandbox();

    const response = await fetch(`${sandbox.url}/robot/send`, { method: "PUT" });

    expect(await response.json()).toMatchObject({ errcode: 43002 });
  });

  test.each([
    ["the token before all else", { token: "", contentType: "text/plain" }, 40035],
    ["the robot before the content type", { token: "none", contentType: "text/plain" }, 300005],
    ["the content type before JSON", { ...signed, contentType: "text/plain", message: "{" }, 43004],
    ["JSON before the signature", { ...signed, message: "{" }, 40035],
    ["the signature before the keyword", { ...signed, message: hello }, 310000],
    ["the keyword before the msgtype", { token: "alerts", message: bad }, 310000],
    ["the msgtype before the size", { message: bad }, 400105],
    ["the fields before the size", { token: "alerts", message: long }, 400201],
  ])("looks at %s", async (_, sending, errcode) => {
    const { sandbox } = await createSandbox([
      { token: "sandbox" },
      { token: "signed", secret: "SECsandbox", keywords: ["alert"] },
      { token: "alerts", keywords: ["alert"] },
    ]);

    const answer = await send(sandbox, sending);

    expect(answer.errcode).toBe(errcode);
  });

  test("names the signature where the keyword is missing, too", async () => {
    const { sandbox } = await createSandbox([
      { token: "both", secret: "SECsandbox", keywords: ["alert"], generation: "a" },
    ]);

    const answer = await send(sandbox, { token: "both" });

    expect(answer.errmsg).toBe("sign not match");
  });
});

function link(address: object): object {
  return { msgtype: "link", link: { title: "t", text: "x", ...address } };
}
