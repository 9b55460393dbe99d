import { describe, expect, test } from "vitest";
import type { RobotState, Unmatched } from "../../../sandbox/api/types.ts";
import { maxUnmatched } from "../../../sandbox/rooms/unmatched-requests.ts";
import type { Sandbox } from "../../../sandbox/server.ts";
import { createStreamRoom, open } from "../stream/support/program.ts";
import { call, createSandbox, received, send } from "../support/sandbox.ts";

const realToken = "0123456789abcdef".repeat(4);

async function unmatched(sandbox: Sandbox, query = ""): Promise<Unmatched[]> {
  const { json } = await call<Unmatched[]>(sandbox, `GET /api/unmatched${query}`);
  return json;
}

describe("GET /api/unmatched", () => {
  test("counts requests with an unknown token, the newest last", async () => {
    const { sandbox, clock } = await createSandbox();
    await send(sandbox, { token: "sandbx" });
    await send(sandbox, { token: "sadnbox" });
    clock.advance(1000);
    await send(sandbox, { token: "sandbx" });

    const rows = await unmatched(sandbox);

    expect(rows).toMatchObject([
      { id: "2", via: "robot-send", token: "sadnbox", count: 1, errcode: 300005 },
      { id: "1", via: "robot-send", token: "sandbx", count: 2, lastAt: "2026-01-01T00:00:01.000Z" },
    ]);
  });

  test("counts requests without a token and with an unknown session", async () => {
    const { sandbox } = await createSandbox();
    await fetch(`${sandbox.url}/robot/send`, { method: "POST" });
    await fetch(`${sandbox.url}/robot/sendBySession?session=5ec2e7`, { method: "POST" });

    const rows = await unmatched(sandbox, "?reveal=1");

    expect(rows).toMatchObject([
      { via: "robot-send", token: null, count: 1 },
      { via: "session-webhook", token: null, count: 1 },
    ]);
    expect(JSON.stringify(rows)).not.toContain("5ec2e7");
  });

  test("counts opens with an unknown Client ID, until a robot has it", async () => {
    const room = await createStreamRoom();
    const { sandbox } = room;
    await open(room, { clientId: "dingmisspelt" });
    await open(room, { clientId: "dingmisspelt" });

    const before = await unmatched(sandbox);
    await call(sandbox, "PATCH /api/robots/sandbox/human", { clientId: "dingmisspelt" });

    expect(before).toMatchObject([
      { via: "stream-open", token: "dingmisspelt", count: 2, errcode: 401 },
    ]);
    expect(before).toHaveLength(1);
    expect(await unmatched(sandbox)).toEqual([]);
  });

  test.each([
    ["a wrong secret", {}, { clientSecret: "wr0ng" }, { via: "stream-secret", errcode: 401 }],
    ["no stream mode", { mode: "http" as const }, {}, { via: "stream-mode", errcode: 400 }],
  ])("counts opens with %s, until the human's settings change", async (_case, human, body, row) => {
    const room = await createStreamRoom(human);
    const { sandbox, clientId } = room;
    await open(room, body);
    await open(room, body);

    const before = await unmatched(sandbox, "?reveal=1");
    await call(sandbox, "PATCH /api/robots/sandbox/human", { mode: "stream" });

    expect(before).toMatchObject([{ ...row, token: clientId, count: 2 }]);
    expect(before).toHaveLength(1);
    expect(JSON.stringify(before)).not.toContain("wr0ng");
    expect(await unmatched(sandbox)).toEqual([]);
  });

  test("has no wrong secret of a program that is let in at last", async () => {
    const room = await createStreamRoom();
    await open(room, { clientSecret: "wrong" });

    const { status } = await open(room);

    expect(status).toBe(200);
    expect(await unmatched(room.sandbox)).toEqual([]);
  });

  test("masks a token that may be a real robot's, unless it is revealed", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { token: realToken });

    const masked = await unmatched(sandbox);
    const revealed = await unmatched(sandbox, "?reveal=1");

    expect(masked).toMatchObject([{ token: "012345••••••••" }]);
    expect(revealed).toMatchObject([{ token: realToken }]);
  });

  test("keeps the newest of too many", async () => {
    const { sandbox } = await createSandbox();
    const tokens = Array.from({ length: maxUnmatched + 2 }, (_, index) => `t${index}`);
    for (const token of tokens) await send(sandbox, { token });

    const rows = await unmatched(sandbox);

    expect(rows.map(({ token }) => token)).toEqual(tokens.slice(2));
  });

  test("has nothing of requests that found their room", async () => {
    const { sandbox } = await createSandbox(undefined, { isOpen: true });
    await send(sandbox);
    await send(sandbox, { token: "opened" });

    expect(await unmatched(sandbox)).toEqual([]);
  });

  test.each(["/api/unmatched", "/api/messages"] as const)(
    "is empty after DELETE %s",
    async (path) => {
      const { sandbox } = await createSandbox();
      await send(sandbox, { token: "sandbx" });

      const { status } = await call(sandbox, `DELETE ${path}`);

      expect(status).toBe(204);
      expect(await unmatched(sandbox)).toEqual([]);
    },
  );

  test("keeps its rows when one room alone is cleared", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { token: "sandbx" });

    await call(sandbox, "DELETE /api/messages?token=sandbox");

    expect(await unmatched(sandbox)).toHaveLength(1);
  });
});

describe("PUT /api/robots/{token}", () => {
  test("makes a robot that accepts, and ends the trace of its token", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { token: "a%2Fb" });

    const { status, json } = await call<RobotState>(sandbox, "PUT /api/robots/a%2Fb");

    expect(status).toBe(200);
    expect(json).toMatchObject({ token: "a/b", isOpened: true, rules: { secret: null } });
    expect(await unmatched(sandbox)).toEqual([]);
    expect(await send(sandbox, { token: "a%2Fb" })).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await received(sandbox, "?token=a%2Fb")).toHaveLength(1);
  });

  test("leaves a known robot as it is, and masks its secret", async () => {
    const { sandbox } = await createSandbox();

    const { json } = await call<RobotState>(sandbox, "PUT /api/robots/signed");

    expect(json).toMatchObject({ isOpened: false, rules: { secret: "••••••••" } });
  });

  test("refuses a page of another origin", async () => {
    const { sandbox } = await createSandbox();
    const headers = { Origin: "https://elsewhere.example" };

    const { status } = await fetch(`${sandbox.url}/api/robots/x`, { method: "PUT", headers });

    expect(status).toBe(403);
    expect((await call(sandbox, "GET /api/robots/x")).status).toBe(404);
  });
});
