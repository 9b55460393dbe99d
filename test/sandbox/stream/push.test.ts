import { describe, expect, test } from "vitest";
import type { Entry } from "../../../sandbox/api/types.ts";
import { robotTopic } from "../../../src/dingtalk/stream/frames.ts";
import { eventually } from "../../support/eventually.ts";
import { call, entries, hello } from "../support/sandbox.ts";
import {
  callbackOf,
  connect,
  createStreamRoom,
  type Program,
  type StreamRoom,
  speakTo,
  stateOf,
} from "./support/program.ts";

describe("a human's words in stream mode", () => {
  test("reach the program as a frame, and its ack is kept", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const speaking = call<Entry>(room.sandbox, speakTo, { text: "deploy" });
    const frame = await program.message();
    room.clock.advance(250);
    program.ack(frame);

    const { json } = await speaking;

    expect(frame).toMatchObject({
      ...{ specVersion: "1.0", type: "CALLBACK" },
      headers: {
        ...{ topic: robotTopic, contentType: "application/json", appId: room.clientId },
        ...{ messageId: expect.any(String), time: "1767225600000" },
      },
    });
    expect(JSON.parse(frame.data)).toMatchObject({
      ...{ msgtype: "text", text: { content: " deploy" }, conversationType: "2" },
      ...{ robotCode: room.clientId, senderStaffId: "sandbox-staff", isInAtList: true },
      sessionWebhook: expect.stringContaining(`${room.sandbox.url}/robot/sendBySession?session=`),
    });
    expect(json.callback).toMatchObject({
      ...{ mode: "stream", state: "answered", problem: null, durationMs: 250, status: null },
      pushes: [
        {
          ...{ messageId: frame.headers.messageId, connection: frame.headers.connectionId },
          ...{ code: 200, durationMs: 250, remarks: [], fault: null },
        },
      ],
    });
  });

  test("are answered through the session webhook", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const { frame } = await speak(room, program);

    const answer = await reply(frame.data);

    expect(answer).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await entries(room.sandbox)).toMatchObject([
      { kind: "human" },
      { kind: "reply", via: "session-webhook", replyTo: "1", message: hello },
    ]);
  });

  test("are dropped where no program listens for messages", async () => {
    const room = await createStreamRoom();
    await connect(room, { subscriptions: [{ type: "EVENT", topic: "*" }] });

    const { json } = await call<Entry>(room.sandbox, speakTo, { text: "x" });
    room.clock.advance(120_000);

    expect(json.callback).toMatchObject({
      ...{ state: "failed", pushes: [], problem: { code: "stream-no-connection" } },
    });
    expect(await callbackOf(room)).toEqual(json.callback);
  });

  test.each([
    [0, 0],
    [0.49, 0],
    [0.5, 1],
    [0.99, 1],
  ])("go to one of two connections by chance: %d chooses %i", async (chance, chosen) => {
    const room = await createStreamRoom({}, { random: () => chance });
    const programs = [await connect(room), await connect(room)];

    await sayWithoutAck(room);

    const frame = await eventually(() => programs.flatMap(({ messages }) => messages)[0]);
    expect(programs[chosen]?.messages).toEqual([frame]);
  });

  test("come again without an ack, with another messageId and the same msgId", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    await sayWithoutAck(room);
    const first = await program.message(1);
    room.clock.advance(57_000);
    const second = await program.message(2);
    program.ack(second);
    await eventually(async () => (await callbackOf(room))?.state === "answered");
    room.clock.advance(600_000);

    const callback = await callbackOf(room);

    expect(second.data).toBe(first.data);
    expect(second.headers.messageId).not.toBe(first.headers.messageId);
    expect(callback).toMatchObject({ state: "answered", problem: null });
    expect(callback?.pushes).toMatchObject([
      { code: null, remarks: [{ code: "ack-late" }] },
      { code: 200, messageId: second.headers.messageId },
    ]);
    expect(program.messages).toHaveLength(2);
  });

  test("come again so often as the robot says, and then fail", async () => {
    const room = await createStreamRoom({ redeliveries: 2, redeliverAfterSeconds: 5 });
    const program = await connect(room);
    await sayWithoutAck(room);
    room.clock.advance(60_000);

    const callback = await callbackOf(room);

    expect(callback).toMatchObject({
      ...{ state: "failed", problem: { code: "stream-unacked", params: { pushes: 3 } } },
    });
    await program.message(3);
  });

  test("come again on another connection after the first one has gone", async () => {
    const room = await createStreamRoom();
    const first = await connect(room);
    await sayWithoutAck(room);
    first.socket.terminate();
    await eventually(async () => (await stateOf(room)).connections.length === 0);
    const second = await connect(room);
    room.clock.advance(60_000);

    const frame = await second.message();

    expect(frame.data).toBe((await first.message()).data);
  });

  test("do not come again after the room was cleared", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    await sayWithoutAck(room);
    await call(room.sandbox, "DELETE /api/messages");

    room.clock.advance(120_000);

    await speak(room, program, 2);
    expect(program.messages).toHaveLength(2);
  });

  test("are pushed once more on demand", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const { frame } = await speak(room, program);
    const pushing = call<Entry>(room.sandbox, speakTo, { again: "1" });
    const copy = await program.message(2);
    program.ack(copy);

    const { json } = await pushing;

    expect(copy.data).toBe(frame.data);
    expect(json).toMatchObject({ id: "1", callback: { pushes: [{ code: 200 }, { code: 200 }] } });
  });
});

describe("what a human says", () => {
  test("may be of any msgtype, with fields of its own", async () => {
    const content = { msgtype: "picture", content: { downloadCode: "d" }, createAt: "1" };

    const data = await heard({ content });

    expect(data).toMatchObject(content);
    expect(data).not.toHaveProperty("text");
  });

  test("is replaced by error 20001 if the quota is used up", async () => {
    const data = await heard({ text: "x", overQuota: true });

    expect(data).toMatchObject({ errorCode: 20001, errorMessage: expect.any(String) });
    expect(data).not.toHaveProperty("text");
    expect(data).not.toHaveProperty("content");
  });

  test("has no mention in a chat of two, and another conversation", async () => {
    const group = await heard({ text: "x" });

    const chat = await heard({ text: "x" }, { conversationType: "1" });

    expect(chat).toMatchObject({ conversationType: "1", text: { content: "x" } });
    expect(chat).not.toHaveProperty("atUsers");
    expect(chat).not.toHaveProperty("conversationTitle");
    expect(chat).not.toHaveProperty("isInAtList");
    expect(chat.conversationId).toMatch(/^cid/);
    expect(chat.conversationId).not.toBe(group.conversationId);
  });

  test("has the sender, the conversation and the session's end that are set", async () => {
    const data = await heard(
      { text: "x" },
      { senderStaffId: "", conversationId: "cidX==", sessionMinutes: 20, clientId: "dingX" },
    );

    expect(data).toMatchObject({
      ...{ senderStaffId: "", conversationId: "cidX==", robotCode: "dingX" },
      sessionWebhookExpiredTime: Date.UTC(2026, 0, 1, 0, 20),
    });
  });

  test("may mention two robots, which get the same msgId", async () => {
    const room = await createStreamRoom();
    const human = { mode: "stream", appSecret: "sandbox-client-secret", clientId: "dingB" };
    await call(room.sandbox, "PATCH /api/robots/signed/human", human);
    const programs = [await connect(room), await connect({ ...room, clientId: "dingB" })];
    const speaking = call(room.sandbox, speakTo, { text: "x", alsoMention: ["signed"] });
    const [one, other] = await Promise.all(programs.map(answer));

    await speaking;

    expect(one.msgId).toBe(other.msgId);
    expect(one.conversationId).toBe(other.conversationId);
    expect(one.chatbotUserId).not.toBe(other.chatbotUserId);
    expect(one.sessionWebhook).not.toBe(other.sessionWebhook);
    expect(one.atUsers).toEqual([
      { dingtalkId: one.chatbotUserId },
      { dingtalkId: other.chatbotUserId },
    ]);
    expect(await entries(room.sandbox, "?kind=human")).toMatchObject([
      { token: "sandbox" },
      { token: "signed" },
    ]);
  });

  test.each([
    [{ text: "x", content: { msgtype: "a" } }, ""],
    [{ again: "1", text: "x" }, ""],
    [{ again: "9" }, "again"],
    [{ again: "1", alsoMention: ["signed"] }, "alsoMention"],
    [{ again: "1", overQuota: true }, "overQuota"],
    [{ content: {} }, "content.msgtype"],
    [{ content: 1 }, "content"],
    [{ text: "x", alsoMention: ["nobody"] }, "alsoMention[0]"],
    [{ text: "x", alsoMention: ["sandbox"] }, "alsoMention[0]"],
    [{ text: "x", overQuota: 1 }, "overQuota"],
  ])("is refused as %j", async (speech, field) => {
    const { sandbox } = await createStreamRoom();

    const { status, json } = await call(sandbox, speakTo, speech);

    expect(status).toBe(400);
    expect(json).toMatchObject({ field });
  });

  test("mentions no other robot in a chat of two", async () => {
    const { sandbox } = await createStreamRoom({ conversationType: "1" });

    const { json } = await call(sandbox, speakTo, { text: "x", alsoMention: ["signed"] });

    expect(json).toMatchObject({ errcode: 400, field: "alsoMention" });
  });

  test("hides its session until asked", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const { frame } = await speak(room, program);
    const session = /session=([0-9a-f]{32})/.exec(frame.data)?.[1] ?? "";

    const hidden = JSON.stringify(await entries(room.sandbox));

    expect(session).toHaveLength(32);
    expect(hidden).not.toContain(session);
    expect(JSON.stringify(await entries(room.sandbox, "?reveal=1"))).toContain(session);
  });
});

describe("a program's ack", () => {
  test.each([
    ["code 500", { code: 500 }, ["ack-code"], "answered"],
    ["no code", { code: undefined }, ["ack-code"], "answered"],
    ["data that is no string", { data: {} }, ["ack-data-no-string"], "answered"],
    ["an empty message and more fields", { message: "", extra: 1 }, [], "answered"],
    ["an unknown messageId", { headers: { messageId: "x" } }, ["ack-unknown-message"], "waiting"],
    ["no messageId", { headers: {} }, ["ack-unknown-message"], "waiting"],
  ])("may have %s", async (_, fields, codes, state) => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const speaking = call(room.sandbox, speakTo, { text: "x" });
    program.ack(await program.message(), fields);

    const callback = await eventually(async () => {
      const seen = await callbackOf(room);
      const isSeen = seen?.state === state && seen.pushes[0]?.remarks.length === codes.length;
      return isSeen ? seen : undefined;
    });

    room.clock.advance(3000);
    await speaking;
    expect(callback.pushes[0]?.remarks.map(({ code }) => code)).toEqual(codes);
  });

  test("may repeat all headers of the frame", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const speaking = call<Entry>(room.sandbox, speakTo, { text: "x" });
    const frame = await program.message();
    program.ack(frame, { headers: frame.headers });

    const { json } = await speaking;

    expect(json.callback?.pushes).toMatchObject([{ code: 200, remarks: [] }]);
  });

  test("that is no JSON is told", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    await sayWithoutAck(room);
    program.socket.send("ok");

    await eventually(async () =>
      (await callbackOf(room))?.pushes[0]?.remarks.some(({ code }) => code === "ack-unreadable"),
    );

    expect(program.socket.readyState).toBe(program.socket.OPEN);
  });

  test("does not count on another connection", async () => {
    const room = await createStreamRoom({}, { random: () => 0 });
    const [first, second] = [await connect(room), await connect(room)];
    await sayWithoutAck(room);
    second.ack(await first.message());

    const callback = await eventually(async () => {
      const seen = await callbackOf(room);
      return seen?.pushes[0]?.remarks.length === 2 ? seen : undefined;
    });

    expect(callback).toMatchObject({
      ...{ state: "waiting", pushes: [{ code: null }] },
    });
    expect(callback.pushes[0]?.remarks).toMatchObject([
      { code: "ack-late" },
      { code: "ack-elsewhere" },
    ]);
  });

  test("is late after 3 seconds, and counts nevertheless", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    await sayWithoutAck(room);
    room.clock.advance(1000);
    program.ack(await program.message());
    await eventually(async () => (await callbackOf(room))?.state === "answered");

    const callback = await callbackOf(room);

    expect(callback).toMatchObject({
      ...{ durationMs: 4000, pushes: [{ code: 200, remarks: [{ code: "ack-late" }] }] },
    });
  });
});

/** Speaks, and returns the frame after it was acked. */
async function speak(room: StreamRoom, program: Program, number = 1) {
  const speaking = call<Entry>(room.sandbox, speakTo, { text: "x" });
  const frame = await program.message(number);
  program.ack(frame);
  return { frame, entry: (await speaking).json };
}

/** Speaks, and lets the 3 seconds pass that the API waits for an ack. */
async function sayWithoutAck(room: StreamRoom): Promise<void> {
  const speaking = call(room.sandbox, speakTo, { text: "x" });
  await eventually(async () => ((await callbackOf(room))?.pushes.length ?? 0) > 0);
  room.clock.advance(3000);
  await speaking;
}

/** What a program hears of a speech. */
async function heard(speech: object, human: object = {}) {
  const room = await createStreamRoom(human);
  const clientId = (await stateOf(room)).human.clientId;
  const program = await connect({ ...room, clientId });
  const speaking = call(room.sandbox, speakTo, speech);
  const data = await answer(program);
  await speaking;
  return data;
}

/** Acks the first message and returns its JSON. */
async function answer(program: Program) {
  const frame = await program.message();
  program.ack(frame);
  return JSON.parse(frame.data);
}

async function reply(data: string): Promise<unknown> {
  const response = await fetch(JSON.parse(data).sessionWebhook, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(hello),
  });
  return await response.json();
}
