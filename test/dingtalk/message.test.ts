import { describe, expect, test } from "vitest";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import { maxBodyBytes } from "../../src/dingtalk/limits.ts";
import { encodeMessage, parseMessage } from "../../src/dingtalk/message.ts";

const parse = (data: string | Uint8Array) => parseMessage(Buffer.from(data));

describe("parseMessage", () => {
  test.each([
    ["text", { text: { content: "hi" } }],
    ["link", { link: { title: "t", text: "x", messageUrl: "https://e/" } }],
    ["markdown", { markdown: { title: "t", text: "# x" } }],
    ["actionCard", { actionCard: { title: "t", text: "x", singleTitle: "s", singleURL: "u" } }],
    [
      "actionCard",
      { actionCard: { title: "t", text: "x", btns: [{ title: "b", actionURL: "u" }] } },
    ],
    ["actionCard", { actionCard: { text: "accepted without title and buttons" } }],
    ["feedCard", { feedCard: { links: [{ title: "t", messageURL: "u", picURL: "p" }] } }],
    ["somethingNew", { whatever: 1 }],
  ])("accepts a message of type %s", (msgtype, content) => {
    const json = JSON.stringify({ msgtype, ...content });

    const message = parse(json);

    expect(message.json).toBe(json);
  });

  test("keeps the sender's own spelling of a JSON object", () => {
    const json = '{"msgtype":"later","later":{"n":9007199254740993, "t":"\\u003c"}}';

    expect(encodeMessage(parse(json)).toString()).toBe(json);
  });

  test.each([
    ["plain text", "disk full", "disk full"],
    ["text in other scripts", "磁盘已满 🚨", "磁盘已满 🚨"],
    ["a JSON string", '"disk full"', "disk full"],
    ["text that begins like JSON", "{disk} full", "{disk} full"],
    ["a JSON string with JSON of no message", '"{\\"a\\":1}"', '{"a":1}'],
    ["a JSON string with base64 of no message", '"eyJhIjoxfQ=="', "eyJhIjoxfQ=="],
    [
      "a log line in a JSON string",
      '"{\\"text\\":\\"x\\",\\"level\\":1}"',
      '{"text":"x","level":1}',
    ],
    ["a number", "12345", "12345"],
    ["a number with a fraction", " 1.50\n", "1.50"],
    ["a boolean", "true", "true"],
    ["text after a byte order mark", "\ufeffdisk full", "disk full"],
    ["text after two byte order marks", "\ufeff\ufeffdisk full", "disk full"],
    ["the bytes of a text as Node writes them", '{"type":"Buffer","data":[104,105]}', "hi"],
    ["text that names a field of a message", "set msgtype: text", "set msgtype: text"],
  ])("makes a text message of %s", (_case, data, content) => {
    expect(parse(data).body).toEqual({ msgtype: "text", text: { content } });
  });

  test("takes a string that holds a message for that message", () => {
    const message = { msgtype: "markdown", markdown: { title: "t", text: "x" } };

    expect(parse(JSON.stringify(JSON.stringify(message))).body).toEqual(message);
  });

  test.each([
    ["nothing", "", ""],
    ["white space", " \n", ""],
    ["null", "null", ""],
    ["an array", '[{"msgtype":"text"}]', ""],
    ["an empty string", '""', "text.content"],
    ["a broken message", '{"msgtype":"text","text":{"content":"a"b"}}', ""],
    ["a broken message in a string", '"{\\"msgtype\\":\\"text\\","', ""],
    ["no UTF-8", Buffer.from([0xff, 0xfe, 0x41]), ""],
    ["no msgtype", '{"text":{"content":"a"}}', "msgtype"],
    ["no text object", '{"msgtype":"text"}', "text"],
    ["a text object that is a string", '{"msgtype":"text","text":"a"}', "text"],
    ["no content", '{"msgtype":"text","text":{}}', "text.content"],
    ["empty content", '{"msgtype":"text","text":{"content":""}}', "text.content"],
    [
      "a link without text",
      '{"msgtype":"link","link":{"title":"t","messageUrl":"u"}}',
      "link.text",
    ],
    [
      "a link without title",
      '{"msgtype":"link","link":{"text":"t","messageUrl":"u"}}',
      "link.title",
    ],
    ["markdown without title", '{"msgtype":"markdown","markdown":{"text":"x"}}', "markdown.title"],
    ["markdown without text", '{"msgtype":"markdown","markdown":{"title":"x"}}', "markdown.text"],
    [
      "a card without text",
      '{"msgtype":"actionCard","actionCard":{"title":"x"}}',
      "actionCard.text",
    ],
    ["a feed without links", '{"msgtype":"feedCard","feedCard":{"links":[]}}', "feedCard.links"],
    [
      "a feed link without picture",
      '{"msgtype":"feedCard","feedCard":{"links":[{"title":"t","messageURL":"u"}]}}',
      "feedCard.links[0].picURL",
    ],
  ])("refuses %s", (_case, data, field) => {
    const act = (): unknown => parse(data);

    expect(act).toThrow(InvalidMessageError);
    expect(act).toThrow(expect.objectContaining({ field, reason: "invalid-message" }));
  });

  test.each([
    ['{"msgtype":"link","link":{"title":"t","text":"x","messageURL":"u"}}', "link.messageURL"],
    [
      '{"msgtype":"feedCard","feedCard":{"links":[{"title":"t","messageUrl":"u","picURL":"p"}]}}',
      "feedCard.links[0].messageUrl",
    ],
    ['{"msgType":"text","text":{"content":"x"}}', "msgType"],
  ])("names the wrong letter case in %s", (data, spelledAs) => {
    expect(() => parse(data)).toThrow(`has ${spelledAs} instead`);
  });
});

describe("encodeMessage", () => {
  const textOf = (content: string) => ({ msgtype: "text", text: { content } });
  const overhead = JSON.stringify(textOf("")).length;

  test("accepts a body of exactly the limit, counted in bytes", () => {
    const content = `${"汉".repeat(5000)}${"x".repeat(maxBodyBytes - overhead - 15_000)}`;

    const bytes = encodeMessage(parse(JSON.stringify(textOf(content))));

    expect(bytes).toHaveLength(maxBodyBytes);
  });

  test("refuses one byte more", () => {
    const message = parse(JSON.stringify(textOf("x".repeat(maxBodyBytes - overhead + 1))));

    expect(() => encodeMessage(message)).toThrow(InvalidMessageError);
  });

  test("does not count the escapes that daprd adds", () => {
    const content = "<".repeat(5000);
    const escaped = JSON.stringify(textOf(content)).replaceAll("<", "\\u003c");

    const bytes = encodeMessage(parse(escaped));

    expect(bytes.toString()).toBe(JSON.stringify(textOf(content)));
  });
});
