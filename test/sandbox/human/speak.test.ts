import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry, HumanPatch } from "../../../sandbox/api/types.ts";
import type { Sandbox } from "../../../sandbox/server.ts";
import { sign } from "../../../src/dingtalk/signature.ts";
import { eventually } from "../../support/eventually.ts";
import { call, createSandbox, entries, hello, received } from "../support/sandbox.ts";

const humanOf = "PATCH /api/robots/sandbox/human";
const speakTo = "POST /api/robots/sandbox/human";
const minuteMs = 60_000;

describe("a human's words", () => {
  test("reach the robot as a callback, signed as DingTalk signs", async () => {
    const { sandbox, clock, bot } = await createConversation({ appSecret: "SECapp" });

    const { status, json } = await call<Entry>(sandbox, speakTo, { text: "deploy" });

    const [callback] = bot.callbacks;
    expect(status).toBe(200);
    expect(callback?.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      timestamp: String(clock.now()),
      sign: sign(clock.now(), "SECapp"),
    });
    expect(callback?.body).toMatchObject({
      ...{ msgtype: "text", text: { content: " deploy" }, conversationType: "2" },
      ...{
        senderNick: "小钉",
        conversationTitle: "沙箱群",
        isInAtList: true,
        createAt: clock.now(),
      },
      sessionWebhookExpiredTime: clock.now() + 90 * minuteMs,
      sessionWebhook: expect.stringMatching(
        `^${sandbox.url}/robot/sendBySession\\?session=[0-9a-f]{32}$`,
      ),
    });
    expect(json).toMatchObject({
      ...{ kind: "human", via: "page", outcome: "accepted", errcode: null },
      message: { msgtype: "text", text: { content: "deploy" } },
      callback: { state: "answered", status: 200, problem: null, headers: { sign: "••••••••" } },
    });
  });

  test("reach an Outgoing robot with its token and no signature", async () => {
    const { sandbox, bot } = await createConversation({ outgoingToken: "T1" });

    await call(sandbox, speakTo, { text: "x" });

    const [callback] = bot.callbacks;
    expect(callback?.headers).toMatchObject({ token: "T1" });
    expect(callback?.headers).not.toHaveProperty("sign");
    expect(callback?.body).toMatchObject({ senderStaffId: "", robotCode: "normal" });
  });

  test("stay in the room where no address is set", async () => {
    const { sandbox } = await createSandbox();

    const { json } = await call<Entry>(sandbox, speakTo, { text: "x" });

    expect(json).toMatchObject({ kind: "human", callback: null });
    expect(await received(sandbox)).toEqual([]);
    expect((await call(sandbox, "GET /api/robots")).json).toMatchObject([{ monthlyCount: 0 }, {}]);
  });

  test.each([[{}], [{ text: " " }], [{ text: 1 }], [{ text: "x".repeat(20_001) }]])(
    "are refused as %j",
    async (speech) => {
      const { sandbox } = await createSandbox();

      const { status, json } = await call(sandbox, speakTo, speech);

      expect(status).toBe(400);
      expect(json).toMatchObject({ field: "text" });
    },
  );

  test.each([
    ["callbackUrl", "ftp://a.example"],
    ["callbackUrl", "file:///etc/passwd"],
    ["callbackUrl", "robot"],
    ["callbackUrl", "http://user:password@a.example"],
    ["outgoingToken", "a\r\nb"],
    ["senderNick", ""],
  ])("go nowhere with %s as %s", async (name, value) => {
    const { sandbox } = await createSandbox();

    const { status, json } = await call(sandbox, humanOf, { [name]: value });

    expect(status).toBe(400);
    expect(json).toMatchObject({ field: name });
  });
});

describe("the answer to a callback", () => {
  test("is a reply in the room when it is a message", async () => {
    const { sandbox, bot } = await createConversation();
    bot.answer = JSON.stringify(hello);
    await call(sandbox, speakTo, { text: "x" });

    const [human, reply] = await entries(sandbox);

    expect(reply).toMatchObject({
      ...{ kind: "reply", via: "http-answer", outcome: "accepted", message: hello },
      ...{ request: null, replyTo: human?.id },
    });
  });

  test("is judged as every message", async () => {
    const { sandbox, bot } = await createConversation();
    bot.answer = JSON.stringify({ msgtype: "text", text: { Content: "x" } });
    await call(sandbox, speakTo, { text: "x" });

    const [, reply] = await entries(sandbox);

    expect(reply).toMatchObject({
      ...{ kind: "reply", outcome: "refused", errcode: 400202 },
      explanation: { code: "field-misspelled", params: { spelledAs: "text.Content" } },
    });
  });

  test.each(["", "null", "{}", '{"msgtype":"empty"}'])("says nothing as %j", async (answer) => {
    const { sandbox, bot } = await createConversation();
    bot.answer = answer;

    const { json } = await call<Entry>(sandbox, speakTo, { text: "x" });

    expect(json.callback).toMatchObject({ state: "answered", problem: null, answerBody: answer });
    expect(await entries(sandbox)).toHaveLength(1);
  });

  test.each(["ok", "[]", "1"])("is no message as %j", async (answer) => {
    const { sandbox, bot } = await createConversation();
    bot.answer = answer;

    const { json } = await call<Entry>(sandbox, speakTo, { text: "x" });

    expect(json.callback?.problem).toMatchObject({ code: "callback-answer-invalid" });
  });

  test.each([500, 302, 404])("fails with HTTP %i, and is not followed", async (status) => {
    const { sandbox, bot } = await createConversation();
    bot.status = status;

    const { json } = await call<Entry>(sandbox, speakTo, { text: "x" });

    expect(json.callback).toMatchObject({
      ...{ state: "failed", status },
      problem: { code: "callback-status", params: { status } },
    });
    expect(bot.callbacks).toHaveLength(1);
  });

  test("fails where nobody listens", async () => {
    const { sandbox } = await createSandbox();
    const unused = await createSandbox();
    await unused.sandbox.close();
    await call(sandbox, humanOf, { callbackUrl: unused.sandbox.url });

    const { json } = await call<Entry>(sandbox, speakTo, { text: "x" });

    expect(json.callback?.problem).toMatchObject({
      code: "callback-unreachable",
      params: { problem: "ECONNREFUSED" },
    });
  });

  test("fails when it does not come in time", async () => {
    const { sandbox, clock, bot } = await createConversation();
    bot.isSilent = true;
    const speaking = call<Entry>(sandbox, speakTo, { text: "x" });
    await eventually(() => bot.callbacks.length > 0);
    const [waiting] = await entries(sandbox);
    clock.advance(30_000);

    const { json } = await speaking;

    expect(waiting?.callback?.state).toBe("waiting");
    expect(json.callback).toMatchObject({
      ...{ state: "failed", durationMs: 30_000 },
      problem: { code: "callback-timeout", params: { seconds: 30 } },
    });
  });
});

describe("a callback without success", () => {
  test("is posted again, and the answer to the copy counts", async () => {
    const { sandbox, clock, bot } = await createConversation({ appSecret: "SECapp" });
    bot.status = 503;
    await call(sandbox, speakTo, { text: "x" });
    bot.status = 200;
    clock.advance(60_000);

    const callback = await callbackAfter(sandbox, 2);

    expect(callback).toMatchObject({
      ...{ mode: "http", state: "answered", status: 200, problem: null },
      pushes: [
        { code: 503, connection: null, messageId: null, remarks: [] },
        { code: 200, remarks: [{ code: "repost-unknown" }] },
      ],
    });
    expect(bot.callbacks[1]).toEqual(bot.callbacks[0]);
  });

  test.each([
    ["same", 0],
    ["new", 60_000],
  ] as const)("has the %s timestamp", async (redeliveryTimestamp, laterMs) => {
    const { sandbox, clock, bot } = await createConversation({
      appSecret: "SECapp",
      redeliveryTimestamp,
    });
    bot.status = 500;
    const startedAt = clock.now();
    await call(sandbox, speakTo, { text: "x" });
    clock.advance(60_000);
    await callbackAfter(sandbox, 2);

    const { timestamp, sign: signed } = bot.callbacks[1]?.headers ?? {};

    expect(Number(timestamp)).toBe(startedAt + laterMs);
    expect(signed).toBe(sign(startedAt + laterMs, "SECapp"));
  });

  test("is told to be late after 2.5 seconds, and is posted again", async () => {
    const { sandbox, clock, bot } = await createConversation();
    bot.isSilent = true;
    const speaking = call<Entry>(sandbox, speakTo, { text: "x" });
    await eventually(() => bot.callbacks.length > 0);
    clock.advance(30_000);
    const { json } = await speaking;
    bot.isSilent = false;
    clock.advance(60_000);

    const callback = await callbackAfter(sandbox, 2);

    expect(json.callback?.pushes).toMatchObject([
      { remarks: [{ code: "answer-late", params: { ms: 30_000, maxMs: 2500 } }] },
    ]);
    expect(callback).toMatchObject({ state: "answered", status: 200 });
  });

  test("is posted again no more often than the robot says", async () => {
    const { sandbox, clock, bot } = await createConversation({ redeliveries: 0 });
    bot.status = 500;
    await call(sandbox, speakTo, { text: "x" });
    clock.advance(600_000);

    await call(sandbox, speakTo, { text: "y" });

    expect(bot.callbacks).toHaveLength(2);
  });

  test("is posted again on demand", async () => {
    const { sandbox, bot } = await createConversation();
    await call(sandbox, speakTo, { text: "x" });

    const { json } = await call<Entry>(sandbox, speakTo, { again: "1" });

    expect(json.callback?.pushes).toMatchObject([{ code: 200 }, { code: 200 }]);
    expect(bot.callbacks[1]?.body).toEqual(bot.callbacks[0]?.body);
  });
});

describe("a session webhook", () => {
  test("brings a reply into the room", async () => {
    const { sandbox, reply } = await createSession();

    const answer = await reply(hello);

    expect(answer).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await entries(sandbox)).toMatchObject([
      { id: "1", kind: "human" },
      { kind: "reply", via: "session-webhook", message: hello, replyTo: "1", token: "sandbox" },
    ]);
    expect(await received(sandbox)).toMatchObject([{ message: hello }]);
  });

  test("asks for no secret and no keyword, but for a proper message", async () => {
    const { sandbox, reply } = await createSession();
    await call(sandbox, "PATCH /api/robots/sandbox/rules", { secret: "SEC1", keywords: ["k"] });

    const answers = [await reply(hello), await reply({ msgtype: "text" })];

    expect(answers.map(({ errcode }) => errcode)).toEqual([0, 400201]);
  });

  test.each([
    [90 * minuteMs - 1, 0, "ok"],
    [90 * minuteMs, 300001, "session 不存在"],
  ])("answers after %i ms with %i", async (ms, errcode, errmsg) => {
    const { clock, reply } = await createSession();
    clock.advance(ms);

    const answer = await reply(hello);

    expect(answer).toEqual({ errcode, errmsg });
  });

  test("tells in the room how long it has been expired", async () => {
    const { sandbox, clock, reply } = await createSession();
    clock.advance(95 * minuteMs);
    await reply(hello);

    const [, entry] = await entries(sandbox);

    expect(entry?.explanation).toMatchObject({ code: "session-expired", params: { minutes: 5 } });
  });

  test("that nobody was given is unknown", async () => {
    const { sandbox } = await createSandbox();

    const response = await fetch(`${sandbox.url}/robot/sendBySession?session=x`, {
      method: "POST",
    });

    expect(await response.json()).toEqual({ errcode: 300001, errmsg: "session 不存在" });
  });
});

interface Bot {
  readonly callbacks: { headers: IncomingMessage["headers"]; body: { sessionWebhook?: string } }[];
  answer: string;
  status: number;
  isSilent: boolean;
}

/** A sandbox whose human talks to a program. */
async function createConversation(human: HumanPatch = {}) {
  const { sandbox, clock } = await createSandbox();
  const bot: Bot = { callbacks: [], answer: "", status: 200, isSilent: false };
  const server = createServer((request, response) => void converse(bot, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  await call(sandbox, humanOf, { callbackUrl: `http://127.0.0.1:${port}/callback`, ...human });
  return { sandbox, clock, bot };
}

async function converse(bot: Bot, request: IncomingMessage, response: ServerResponse) {
  bot.callbacks.push({ headers: request.headers, body: JSON.parse(await text(request)) });
  if (bot.isSilent) return;
  response.writeHead(bot.status, { Location: "/callback" });
  response.end(bot.answer);
}

/** A conversation in which the human has spoken, and a function that replies. */
async function createSession() {
  const conversation = await createConversation();
  await call(conversation.sandbox, speakTo, { text: "x" });
  const url = conversation.bot.callbacks[0]?.body.sessionWebhook ?? "";
  return { ...conversation, reply: (message: object) => post(url, message) };
}

async function post(url: string, message: object): Promise<{ errcode: number; errmsg: string }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });
  return JSON.parse(await response.text());
}

/** The callback of the first message, after this many posts are over. */
async function callbackAfter(sandbox: Sandbox, posts: number) {
  return await eventually(async () => {
    const [entry] = await entries(sandbox);
    const done = entry?.callback?.pushes.filter(({ durationMs }) => durationMs !== null) ?? [];
    return done.length === posts ? entry?.callback : undefined;
  });
}
