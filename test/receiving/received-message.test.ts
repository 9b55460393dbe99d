import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metadataForApp } from "../../src/receiving/event-metadata.ts";
import { NotJsonError, readMessage } from "../../src/receiving/received-message.ts";
import { bodyOf, messageOf, secrets } from "./support/messages.ts";

describe("a message", () => {
  test("is read with what the parts of receiving need", () => {
    const message = messageOf();

    expect(message).toMatchObject({
      ...{ via: "stream", msgId: "msg1==", msgtype: "text", isGroup: true },
      ...{ senderStaffId: "0147", isOverQuota: false, data: bodyOf() },
      session: { expiresAt: 1_700_005_400_000 },
    });
    expect(message.session?.address.reveal()).toBe(secrets.session);
    expect(message.key).toMatch(/^[\w-]{43}$/);
  });

  test.each([
    ["another robot by its chatbotUserId", bodyOf({ chatbotUserId: "x" }), "dingabc"],
    ["another robot by its client id", bodyOf(), "dingxyz"],
    ["another message", bodyOf({ msgId: "msg2==" }), "dingabc"],
    ["a body that differs and has no msgId", bodyOf({ msgId: undefined, createAt: 1 }), "dingabc"],
  ])("has another key for %s", (_case, data, robot) => {
    const keys = [
      messageOf(),
      messageOf({ msgId: undefined }),
      readMessage(data, robot, "stream"),
    ].map(({ key }) => key);

    expect(new Set(keys).size).toBe(3);
  });

  test("has the key of its copies, by whatever way they come", () => {
    const copy = readMessage(bodyOf({ createAt: 5, text: { content: "" } }), "dingabc", "http");
    const bodies = [messageOf({ msgId: undefined }), messageOf({ msgId: undefined }, "http")];

    expect(copy.key).toBe(messageOf().key);
    expect(bodies[0]?.key).toBe(bodies[1]?.key);
  });

  test.each([
    ["numbers as texts", { errorCode: "20001", sessionWebhookExpiredTime: "1700005400000" }],
    ["texts as numbers", { msgId: 7, conversationType: 2, errorCode: 20001, senderStaffId: 147 }],
  ])("may have %s", (_case, fields) => {
    expect(messageOf(fields)).toMatchObject({
      ...{ isOverQuota: true, isGroup: true, session: { expiresAt: 1_700_005_400_000 } },
    });
  });

  test("whose session has no stated end has one without an end", () => {
    const { session } = messageOf({ sessionWebhookExpiredTime: undefined });

    expect(session?.expiresAt).toBe(Number.POSITIVE_INFINITY);
  });

  test("has no session if its address is longer than 2 KiB", () => {
    const [fits, tooLong] = [2048, 2049].map((bytes) => {
      const sessionWebhook = secrets.session.padEnd(bytes, "s");
      return messageOf({ sessionWebhook }).session?.address.reveal().length;
    });
    const wide = messageOf({ sessionWebhook: "话".repeat(700) });

    expect([fits, tooLong, wide.session]).toEqual([2048, undefined, undefined]);
  });

  test("has neither a msgtype nor a staff id of more than 1,024 characters", () => {
    const [fits, tooLong] = [1024, 1025].map((length) => {
      const word = "s".repeat(length);
      return messageOf({ msgtype: word, senderStaffId: word });
    });

    expect(fits?.msgtype).toHaveLength(1024);
    expect(fits?.session?.senderStaffId).toHaveLength(1024);
    expect(tooLong).toMatchObject({ msgtype: undefined, senderStaffId: undefined });
    expect(tooLong?.session?.senderStaffId).toBeUndefined();
  });

  test.each(["", "no json", "[]", "null", '"text"', "{", "\u0000"])("is no %j", (text) => {
    expect(() => readMessage(Buffer.from(text), "a", "http")).toThrow(NotJsonError);
  });

  test("may have any JSON in any field", () => {
    const names = Object.keys(JSON.parse(bodyOf().toString()));
    const field = fc.tuple(fc.constantFrom(...names, "errorCode"), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const message = messageOf(Object.fromEntries(fields));

        const metadata = metadataForApp(message, { attempt: 1 });
        const entries = Object.entries(metadata);
        expect(entries.join("").length).toBeLessThanOrEqual(4096);
        expect(entries.every(([, value]) => /^[ -~]{1,1024}$/.test(value))).toBe(true);
      }),
    );
  });
});

describe("the metadata of an event", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  test("names the message, how it came and which attempt this is", () => {
    const message = messageOf({ senderNick: "小钉 %", conversationTitle: "a b" }, "http");

    expect(metadataForApp(message, { attempt: 2, traceparent })).toEqual({
      ...{ msgId: "msg1==", msgtype: "text", conversationId: "cid1==", conversationType: "2" },
      ...{ senderId: "$:LWCP_v1:$s", senderStaffId: "0147", robotCode: "dingabc" },
      ...{ createAt: "1700000000000", sessionWebhookExpiredTime: "1700005400000" },
      ...{ senderNick: "%E5%B0%8F%E9%92%89%20%25", conversationTitle: "a%20b" },
      ...{ receivedBy: "http", attempt: "2", traceparent },
    });
  });

  test("leaves values out that are too long, together too long, or no printable ASCII", () => {
    const fields = { msgId: "x".repeat(1025), senderId: "é", robotCode: "a\nb" };
    const long = Object.fromEntries(
      ["msgId", "conversationId", "senderId", "senderStaffId"].map((name) => [
        name,
        "x".repeat(1024),
      ]),
    );

    const first = metadataForApp(messageOf(fields), { attempt: 1 });
    const second = metadataForApp(messageOf(long), { attempt: 1, traceparent });

    expect(Object.keys(first)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(msgId|senderId|robotCode)$/)]),
    );
    expect(Object.entries(second).join("").length).toBeLessThanOrEqual(4096);
    expect(second).toMatchObject({ attempt: "1", traceparent, msgId: "x".repeat(1024) });
  });

  test("has half a surrogate pair only as a sign that is missing", () => {
    expect(messageOf({ senderNick: "a\ud800" }).eventMetadata.senderNick).toBe("a%EF%BF%BD");
  });
});
