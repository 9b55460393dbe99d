import { describe, expect, test } from "vitest";
import type { Entry, ReceivedMessage } from "../../../sandbox/api/types.ts";
import { eventually } from "../../support/eventually.ts";
import { call, createSandbox, entries, hello, received, send } from "../support/sandbox.ts";

const pair = [{ token: "one" }, { token: "two" }];

describe("GET /api/messages?contains=", () => {
  test.each([
    ["HELLO", ["1"]],
    ["世界", ["2"]],
    ["content", []],
    ["", ["1", "2"]],
  ])("finds %s in the messages %j", async (contains, ids) => {
    const { sandbox } = await createSandbox();
    for (const content of ["hello", "世界"]) {
      await send(sandbox, { message: { msgtype: "text", text: { content } } });
    }

    const messages = await received(sandbox, `?contains=${encodeURIComponent(contains)}`);

    expect(messages.map(({ id }) => id)).toEqual(ids);
  });
});

describe("GET /api/messages/latest", () => {
  test("answers the newest accepted message of a robot", async () => {
    const { sandbox } = await createSandbox(pair);
    for (const token of ["one", "one", "two"]) await send(sandbox, { token });
    await send(sandbox, { token: "one", message: "{" });

    const { json } = await call(sandbox, "GET /api/messages/latest?token=one");

    expect(json).toMatchObject({ id: "2", token: "one", message: hello });
  });

  test("answers 404 where there is none", async () => {
    const { sandbox } = await createSandbox();

    const { status, json } = await call(sandbox, "GET /api/messages/latest");

    expect(status).toBe(404);
    expect(json).toMatchObject({ errcode: 404 });
  });
});

describe("GET /api/messages/wait", () => {
  test("answers at once where the messages are there", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox);

    const { json } = await call(sandbox, "GET /api/messages/wait?token=sandbox");

    expect(json).toMatchObject([{ message: hello }]);
  });

  test("answers as soon as there are enough that fit", async () => {
    const { sandbox, clock } = await createSandbox(pair);
    const path = "GET /api/messages/wait?token=one&contains=hell&count=2";
    const waiting = call<ReceivedMessage[]>(sandbox, path);
    await eventually(() => clock.waiting > 0);
    await send(sandbox, { token: "two" });
    await send(sandbox, { token: "one", message: { msgtype: "text", text: { content: "x" } } });
    for (let count = 0; count < 2; count += 1) await send(sandbox, { token: "one" });

    const { status, json } = await waiting;

    expect(status).toBe(200);
    expect(json.map(({ id }) => id)).toEqual(["3", "4"]);
    expect(clock.waiting).toBe(0);
  });

  test("gives up when the time is up", async () => {
    const { sandbox, clock } = await createSandbox();
    const waiting = call(sandbox, "GET /api/messages/wait?timeout=2.5");
    await eventually(() => clock.waiting > 0);
    clock.advance(2499);
    const waitingBefore = clock.waiting;
    clock.advance(1);

    const { status, json } = await waiting;

    expect(waitingBefore).toBe(1);
    expect(status).toBe(504);
    expect(json).toMatchObject({ errcode: 504 });
  });

  test("forgets one who went away", async () => {
    const { sandbox, clock } = await createSandbox();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = fetch(`${sandbox.url}/api/messages/wait`, { signal });
    await eventually(() => clock.waiting > 0);

    controller.abort();

    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await expect(eventually(() => clock.waiting === 0)).resolves.toBe(true);
  });

  test.each(["count=0", "count=x", "timeout=301", "timeout=-1"])("refuses %s", async (query) => {
    const { sandbox } = await createSandbox();

    const { status, json } = await call(sandbox, `GET /api/messages/wait?${query}`);

    expect(status).toBe(400);
    expect(json).toMatchObject({ field: query.split("=")[0] });
  });
});

describe("GET /api/entries", () => {
  test.each([
    ["", ["1", "2", "3"]],
    ["?outcome=refused", ["2"]],
    ["?outcome=accepted&token=one", ["1"]],
    ["?kind=human", []],
    ["?contains=40035", []],
    ["?contains=json", ["2"]],
    ["?limit=2", ["2", "3"]],
  ])("answers %s with the entries %j", async (query, ids) => {
    const { sandbox } = await createSandbox(pair);
    await send(sandbox, { token: "one" });
    await send(sandbox, { token: "one", message: "{" });
    await send(sandbox, { token: "two" });

    const shown = await entries(sandbox, query);

    expect(shown.map(({ id }) => id)).toEqual(ids);
  });

  test.each(["kind=robot", "outcome=lost", "limit=0"])("refuses %s", async (query) => {
    const { sandbox } = await createSandbox();

    const { status, json } = await call(sandbox, `GET /api/entries?${query}`);

    expect(status).toBe(400);
    expect(json).toMatchObject({ field: query.split("=")[0] });
  });

  test("shows all of a request", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { query: "&x=1&x=2&sign=abc" });

    const { json } = await call<Entry>(sandbox, "GET /api/entries/1");

    expect(json).toMatchObject({
      ...{ id: "1", token: "sandbox", kind: "message", via: "robot-send", outcome: "accepted" },
      ...{ errcode: 0, errmsg: "ok", explanation: null, why: null, fault: null, message: hello },
      ...{ body: JSON.stringify(hello), bodyBytes: 45, msgUuid: null, replyTo: null },
      ...{ receivedAt: "2026-01-01T00:00:00.000Z", callback: null, lint: [] },
    });
    expect(json.request).toMatchObject({
      ...{ method: "POST", path: "/robot/send", remoteAddress: "127.0.0.1" },
      query: [
        ["access_token", "••••••••"],
        ["x", "1"],
        ["x", "2"],
        ["sign", "••••••••"],
      ],
      headers: { "content-type": "application/json" },
    });
  });

  test("keeps no more of a body than a robot could accept", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { msgtype: "text", x: "x".repeat(500_000) } });

    const [entry] = await entries(sandbox);

    expect(entry?.body).toHaveLength(32_768);
    expect(entry).toMatchObject({ message: null, bodyBytes: 500_025 });
  });

  test.each(["2", "x", "%", "constructor"])("knows no entry %s", async (id) => {
    const { sandbox } = await createSandbox();
    await send(sandbox);

    const { status } = await call(sandbox, `GET /api/entries/${id}`);

    expect(status).toBe(404);
  });
});

describe("an open sandbox", () => {
  test("makes a robot of an unknown token at its first message", async () => {
    const { sandbox } = await createSandbox([], { isOpen: true });

    const answer = await send(sandbox, { token: "mine" });

    expect(answer.errcode).toBe(0);
    expect((await call(sandbox, "GET /api/robots")).json).toMatchObject([
      { token: "mine", isOpened: true, entryCount: 1, monthlyCount: 1 },
    ]);
  });

  test("makes none of a question", async () => {
    const { sandbox } = await createSandbox([], { isOpen: true });
    await fetch(`${sandbox.url}/robot/send?access_token=mine`);

    const { status } = await call(sandbox, "GET /api/robots/mine");

    expect(status).toBe(404);
  });

  test("forgets the oldest of more than a thousand robots", async () => {
    const { sandbox } = await createSandbox([{ token: "kept" }], { isOpen: true });
    for (let count = 0; count < 1001; count += 1) await send(sandbox, { token: `t${count}` });

    const { json } = await call<{ token: string }[]>(sandbox, "GET /api/robots");

    expect(json).toHaveLength(1001);
    expect(json.slice(0, 2)).toMatchObject([{ token: "kept" }, { token: "t1" }]);
  });
});

describe("a closed sandbox", () => {
  test("makes no robot of an unknown token", async () => {
    const { sandbox } = await createSandbox([]);

    const answer = await send(sandbox, { token: "mine" });

    expect(answer.errcode).toBe(300005);
    expect((await call(sandbox, "GET /api/robots")).json).toEqual([]);
  });
});
