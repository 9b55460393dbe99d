import { describe, expect, test } from "vitest";
import { createSandbox, hello, received, send } from "../support/sandbox.ts";

const unlimited = { messagesPerMinute: 100_000 };

describe("GET /api/messages", () => {
  test("shows a message with the request that brought it", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { query: "&x=first&x=second" });

    const messages = await received(sandbox, "?token=sandbox");

    expect(messages).toEqual([
      {
        id: "1",
        token: "sandbox",
        receivedAt: "2026-01-01T00:00:00.000Z",
        message: hello,
        query: { access_token: "sandbox", x: "first" },
        headers: expect.objectContaining({ "content-type": "application/json" }),
      },
    ]);
  });

  test.each([
    ["", ["1", "2", "3"]],
    ["?token=one", ["1", "3"]],
    ["?token=two", ["2"]],
    ["?token=nobody", []],
  ])("answers %s with the messages %j, oldest first", async (query, ids) => {
    const { sandbox } = await createSandbox([{ token: "one" }, { token: "two" }]);
    for (const token of ["one", "two", "one"]) await send(sandbox, { token });

    const messages = await received(sandbox, query);

    expect(messages.map(({ id }) => id)).toEqual(ids);
  });

  test("keeps the last thousand messages of each robot", async () => {
    const { sandbox } = await createSandbox([
      { token: "sandbox", ...unlimited },
      { token: "quiet" },
    ]);
    await send(sandbox, { token: "quiet" });
    for (let count = 0; count < 1001; count += 1) await send(sandbox);

    const messages = await received(sandbox, "?token=sandbox");

    expect(messages).toHaveLength(1000);
    expect(messages[0]?.id).toBe("3");
    expect(await received(sandbox, "?token=quiet")).toHaveLength(1);
  });
});

describe("DELETE /api/messages", () => {
  test.each([
    ["", []],
    ["?token=one", ["two"]],
  ])("empties with %s", async (query, left) => {
    const { sandbox } = await createSandbox([{ token: "one" }, { token: "two" }]);
    for (const token of ["one", "two"]) await send(sandbox, { token });

    const response = await fetch(`${sandbox.url}/api/messages${query}`, { method: "DELETE" });

    expect(response.status).toBe(204);
    expect((await received(sandbox)).map(({ token }) => token)).toEqual(left);
  });
});

describe("msgUuid", () => {
  test("delivers a message once and answers its repeat with ok", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { ...hello, msgUuid: "u1" } });

    const answer = await send(sandbox, { message: { ...hello, msgUuid: "u1" } });

    expect(answer).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await received(sandbox)).toHaveLength(1);
  });

  test.each([
    ["another msgUuid", { token: "sandbox", message: { ...hello, msgUuid: "u2" } }],
    ["another robot's token", { token: "other", message: { ...hello, msgUuid: "u1" } }],
    ["no msgUuid", { token: "sandbox", message: hello }],
  ])("delivers the same message with %s", async (_, sending) => {
    const { sandbox } = await createSandbox([{ token: "sandbox" }, { token: "other" }]);
    await send(sandbox, { message: { ...hello, msgUuid: "u1" } });

    await send(sandbox, sending);

    expect(await received(sandbox)).toHaveLength(2);
  });

  test("of a refused message is still unused", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { msgtype: "text", msgUuid: "u1" } });

    await send(sandbox, { message: { ...hello, msgUuid: "u1" } });

    expect(await received(sandbox)).toHaveLength(1);
  });

  test("is remembered when the messages are forgotten", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { ...hello, msgUuid: "u1" } });
    await fetch(`${sandbox.url}/api/messages`, { method: "DELETE" });

    await send(sandbox, { message: { ...hello, msgUuid: "u1" } });

    expect(await received(sandbox)).toEqual([]);
  });
});
