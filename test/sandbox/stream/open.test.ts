import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { RobotState } from "../../../sandbox/api/types.ts";
import { robotTopic } from "../../../src/dingtalk/stream/frames.ts";
import { eventually } from "../../support/eventually.ts";
import { call, createSandbox, hello } from "../support/sandbox.ts";
import {
  addressFor,
  clientSecret,
  connect,
  connectionsOf,
  createStreamRoom,
  humanOf,
  open,
  refusalOf,
  type StreamRoom,
} from "./support/program.ts";

describe("the gateway", () => {
  test("names an endpoint and a ticket", async () => {
    const room = await createStreamRoom();

    const response = await open(room);

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      endpoint: `${room.sandbox.url.replace("http", "ws")}/connect`,
      ticket: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
  });

  test.each([
    ["a wrong secret", { clientSecret: "x" }, 401, "authFailed", "鉴权失败"],
    ["an unknown id", { clientId: "x" }, 401, "authFailed", "鉴权失败"],
    ["no id", { clientId: undefined }, 400, "invalidParameter", "clientId is missing"],
    ["no secret", { clientSecret: "" }, 400, "invalidParameter", "clientSecret is missing"],
    ["no subscriptions", { subscriptions: undefined }, 400, "invalidParameter", expect.anything()],
    ["a bad subscription", { subscriptions: [{}] }, 400, "invalidParameter", expect.anything()],
    ["a ua that is no text", { ua: 1 }, 400, "invalidParameter", "ua invalid"],
    ["no JSON", "{", 400, "invalidParameter", expect.anything()],
    ["a huge body", "x".repeat(1024 * 1024 + 1), 400, "invalidParameter", expect.anything()],
  ])("refuses %s", async (_, body, status, code, message) => {
    const room = await createStreamRoom();

    const response = await open(room, body);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ requestid: expect.any(String), code, message });
  });

  test("refuses a robot in HTTP mode", async () => {
    const room = await createStreamRoom({ mode: "http" });

    const response = await open(room);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalidParameter" });
  });

  test.each([
    ["text/xml", 200, {}, /^<\?xml.*<endpoint>ws:.*<ticket>/s],
    ["*/*", 401, { clientSecret: "x" }, /^<\?xml.*<code>authFailed<\/code>/s],
  ])("answers XML to whoever accepts %s", async (Accept, status, body, xml) => {
    const room = await createStreamRoom();

    const response = await open(room, body, { Accept });

    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/xml/);
    expect(await response.text()).toMatch(xml);
  });

  test.each([
    ["an empty ua and EVENT *", { ua: "", subscriptions: [every, robot] }],
    ["a ua that ends in -union", { ua: "dingtalk-sdk-python/v0.24.3-union", localIp: "10.0.0.5" }],
    ["extras", { extras: { a: "b" } }],
  ])("takes %s", async (_, body) => {
    const room = await createStreamRoom();

    const program = await connect(room, body);

    expect(program.socket.readyState).toBe(program.socket.OPEN);
  });

  test("refuses a page, and a name of another machine", async () => {
    const room = await createStreamRoom();
    const address = await addressFor(room);
    const page = { Origin: "https://evil.example" };

    const responses = [
      (await open(room, {}, page)).status,
      await statusWithHost(room.sandbox.url, "evil.example"),
      await refusalOf(address, page),
      await refusalOf(address, { Host: "evil.example" }),
    ];

    expect(responses).toEqual([403, 403, 403, 403]);
  });
});

const every = { type: "EVENT", topic: "*" };
const robot = { type: "CALLBACK", topic: robotTopic };

describe("a ticket", () => {
  test("opens one connection", async () => {
    const room = await createStreamRoom();
    const address = await addressFor(room);
    const first = await refusalOf(`${address}x`);

    await connect(room);

    expect(first).toBe(401);
    expect(await refusalOf(await usedAddress(room))).toBe(401);
  });

  test.each([
    [89_999, 1],
    [90_000, 0],
  ])("works after %i ms for %i connections", async (ms, count) => {
    const room = await createStreamRoom();
    const address = await addressFor(room);
    room.clock.advance(ms);

    const statuses = [await outcomeOf(address), await outcomeOf(address)];

    expect(statuses.filter((status) => status === 101)).toHaveLength(count);
    expect(statuses.at(-1)).toBe(401);
  });

  test("is needed, and its path too", async () => {
    const { sandbox } = await createStreamRoom();
    const base = sandbox.url.replace("http", "ws");

    const statuses = [
      await refusalOf(`${base}/connect`),
      await refusalOf(`${base}/other?ticket=x`),
    ];

    expect(statuses).toEqual([401, 404]);
  });
});

describe("a robot's state", () => {
  test("lists its connections, and shows no secret and no ticket", async () => {
    const room = await createStreamRoom();
    const address = await addressFor(room);
    const ticket = new URL(address).searchParams.get("ticket") ?? "";
    await connect(room, { subscriptions: [every] });

    const { json } = await call<RobotState>(room.sandbox, "GET /api/robots/sandbox");

    expect(json.connections).toEqual([
      {
        id: expect.any(String),
        openedAt: "2026-01-01T00:00:00.000Z",
        state: "open",
        getsMessages: false,
        subscriptions: ["EVENT *"],
        ua: "test/1.0",
        remoteAddress: "127.0.0.1",
      },
    ]);
    expect(ticket).not.toBe("");
    expect(JSON.stringify(json)).not.toContain(ticket);
    expect(JSON.stringify(json)).not.toContain(clientSecret);
  });

  test("forgets a connection that has closed", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);

    program.socket.close();

    await eventually(async () => (await connectionsOf(room)).length === 0);
  });

  test("shows connections with the Client ID that it has now", async () => {
    const room = await createStreamRoom();
    await connect(room);
    await call(room.sandbox, humanOf, { clientId: "dingother" });

    const before = await connectionsOf(room);
    await call(room.sandbox, humanOf, { clientId: room.clientId });

    expect(before).toEqual([]);
    expect(await connectionsOf(room)).toHaveLength(1);
  });
});

describe("a request that asks for another protocol", () => {
  test("is answered as if it had not asked", async () => {
    const { sandbox } = await createSandbox();
    const asking = request(`${sandbox.url}/robot/send?access_token=sandbox`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Connection: "Upgrade, HTTP2-Settings",
        Upgrade: "h2c",
        "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
      },
    });
    asking.end(JSON.stringify(hello));

    const [response] = await once(asking, "response");

    expect(response.statusCode).toBe(200);
    expect(JSON.parse(await text(response))).toEqual({ errcode: 0, errmsg: "ok" });
  });
});

/** An address whose ticket has opened a connection already. */
async function usedAddress(room: StreamRoom): Promise<string> {
  const address = await addressFor(room);
  expect(await outcomeOf(address)).toBe(101);
  return address;
}

/** The HTTP status with which an upgrade is answered. */
async function outcomeOf(address: string): Promise<number | undefined> {
  const asking = request(address.replace("ws:", "http:"), {
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  asking.end();
  const upgraded = once(asking, "upgrade").then(([response, socket]) => {
    socket.destroy();
    return response;
  });
  const answered = once(asking, "response").then(([response]) => response);
  return (await Promise.race([upgraded, answered])).statusCode;
}

/** `fetch` sets the Host header by itself. */
async function statusWithHost(url: string, host: string): Promise<number | undefined> {
  const asking = request(`${url}/v1.0/gateway/connections/open`, {
    method: "POST",
    headers: { Host: host },
  });
  asking.end("{}");
  const [response] = await once(asking, "response");
  response.resume();
  return response.statusCode;
}
