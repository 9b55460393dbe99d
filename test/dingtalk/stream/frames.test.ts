import { describe, expect, test } from "vitest";
import { readFrame, robotTopic, writeAck } from "../../../src/dingtalk/stream/frames.ts";

const read = (frame: unknown, isBinary = false) => {
  const bytes = Buffer.isBuffer(frame)
    ? frame
    : Buffer.from(typeof frame === "string" ? frame : JSON.stringify(frame));
  return readFrame(bytes, { isBinary, topics: [robotTopic] });
};
const frame = (type: string, topic: string, data: unknown = '{"a":1}') => ({
  specVersion: "1.0",
  type,
  headers: { topic, messageId: "m1", contentType: "application/json", time: "1" },
  data,
});

describe("a frame", () => {
  test.each([
    ["a ping", frame("SYSTEM", "ping"), { kind: "ping", messageId: "m1", data: '{"a":1}' }],
    ["a disconnect", frame("SYSTEM", "disconnect"), { kind: "disconnect" }],
    [
      "a disconnect without a number",
      { type: "SYSTEM", headers: { topic: "disconnect" } },
      { kind: "disconnect" },
    ],
    ["another system frame", frame("SYSTEM", "KEEPALIVE"), { kind: "notice" }],
    [
      "a message",
      { ...frame("CALLBACK", robotTopic, '{ "text" : "你好" }'), unknown: [1] },
      { kind: "callback", topic: robotTopic, messageId: "m1", data: '{ "text" : "你好" }' },
    ],
    ["another topic", frame("CALLBACK", "/v1.0/card"), { kind: "unknown", messageId: "m1" }],
    ["an event", frame("EVENT", "*"), { kind: "unknown", messageId: "m1" }],
    ["another type", frame("OTHER", robotTopic), { kind: "malformed", messageId: "m1" }],
    [
      "data that is no JSON",
      frame("CALLBACK", robotTopic, "{"),
      { kind: "malformed", messageId: "m1" },
    ],
    [
      "data that is no text",
      frame("CALLBACK", robotTopic, {}),
      { kind: "malformed", messageId: "m1" },
    ],
    ["no data", frame("CALLBACK", robotTopic, null), { kind: "malformed", messageId: "m1" }],
    [
      "no number",
      { type: "CALLBACK", headers: { topic: robotTopic }, data: "{}" },
      { kind: "malformed" },
    ],
    ["no headers", { type: "CALLBACK", data: "{}" }, { kind: "malformed" }],
    [
      "a prototype in place of its headers",
      `{"type":"CALLBACK","headers":{"__proto__":{"topic":"${robotTopic}","messageId":"m1"}},"data":"{}"}`,
      { kind: "malformed", messageId: undefined },
    ],
    [
      "headers that are a list",
      { ...frame("CALLBACK", robotTopic), headers: ["m1"] },
      { kind: "malformed" },
    ],
    [
      "a number that is no text",
      { type: "CALLBACK", headers: { topic: robotTopic, messageId: 1 }, data: "{}" },
      { kind: "malformed", messageId: undefined },
    ],
    [
      "the name of a topic in other letters",
      frame("CALLBACK", robotTopic.toUpperCase()),
      { kind: "unknown" },
    ],
    [
      "a type in small letters",
      frame("callback", robotTopic),
      { kind: "malformed", messageId: "m1" },
    ],
    [
      "data of many levels",
      frame("CALLBACK", robotTopic, "[".repeat(500_000)),
      { kind: "malformed", messageId: "m1" },
    ],
    [
      "a byte order mark",
      `\ufeff${JSON.stringify(frame("SYSTEM", "ping"))}`,
      { kind: "malformed" },
    ],
    ["no JSON", "{", { kind: "malformed" }],
    ["no object", "[]", { kind: "malformed" }],
    ["nothing", "", { kind: "malformed" }],
    ["JSON that is nested too deeply", "[".repeat(500_000), { kind: "malformed" }],
    ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), { kind: "malformed" }],
  ])("with %s is read", (_case, given, read_) => {
    expect(read(given)).toMatchObject(read_);
  });

  test("that is binary is malformed", () => {
    expect(read(frame("SYSTEM", "ping"), true)).toEqual({
      kind: "malformed",
      messageId: undefined,
    });
  });
});

test("an ack is written as DingTalk's clients write it", () => {
  expect(writeAck("a1", 200, '{"opaque":"x"}')).toBe(
    '{"code":200,"message":"OK","headers":{"contentType":"application/json","messageId":"a1"},"data":"{\\"opaque\\":\\"x\\"}"}',
  );
});
