import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/base/secret.ts";
import { eventually, passTimeUntil, settle } from "../../support/eventually.ts";
import { startClient } from "./support/client.ts";
import { callback, clientSecret, json, startGateway, system, ticket } from "./support/gateway.ts";

describe("the request to open", () => {
  test("says who comes and for what, and the ticket comes back once", async () => {
    const gateway = await startGateway();
    startClient(gateway.url);

    await gateway.socket(1);

    expect(gateway.opens).toMatchObject([
      {
        path: "/v1.0/gateway/connections/open",
        headers: { accept: "application/json", "content-type": "application/json" },
        body: {
          clientId: "dingabc",
          clientSecret,
          subscriptions: [{ type: "CALLBACK", topic: "/v1.0/im/bot/messages/get" }],
          ua: "test/1.0",
        },
      },
    ]);
    expect(gateway.tickets).toEqual([ticket]);
  });

  test("goes below the path of a gateway's address, and keeps a query of the endpoint", async () => {
    const gateway = await startGateway({ endpoint: (port) => `ws://localhost:${port}/c?a=b` });
    startClient(new URL("/private/", gateway.url));

    await gateway.socket(1);

    expect(gateway.opens[0]?.path).toBe("/private/v1.0/gateway/connections/open");
    expect(gateway.tickets).toEqual([ticket]);
  });

  test("goes once more without ua when that is what is refused", async () => {
    const gateway = await startGateway();
    gateway.answer = (response, { body }) =>
      "ua" in body
        ? json(response, 400, { code: "invalidParameter", message: "ua invalid" })
        : gateway.invite(response);
    const { reconnects } = startClient(gateway.url);

    await gateway.socket(1);

    expect(gateway.opens).toHaveLength(2);
    expect(reconnects()).toEqual([]);
  });

  test.each([
    [
      401,
      { code: "authFailed", message: "鉴权失败" },
      /^DingTalk refused the app: HTTP 401 authFailed 鉴权失败; check clientId/,
    ],
    [400, { code: "invalidParameter", message: "x" }, /HTTP 400 invalidParameter x; .*published/],
    [403, { code: "Forbidden.AccessDenied", message: "no" }, /HTTP 403 Forbidden.AccessDenied no/],
  ])("that is refused with %i %j is made again after a minute", async (status, body, problem) => {
    const gateway = await startGateway();
    gateway.answer = (response) => json(response, status, body);
    const { reconnects, clock } = startClient(gateway.url);

    await eventually(() => reconnects()[0]);
    const [first] = reconnects();
    gateway.answer = gateway.invite;
    clock.advance(59_999);
    await settle();
    const openedEarly = gateway.opens.length;
    clock.advance(1);
    await gateway.socket(1);

    expect(first).toMatchObject({ reason: "credentials", afterMs: 60_000 });
    expect(first?.problem).toMatch(problem);
    expect(openedEarly).toBe(1);
  });

  test.each([
    [
      "too many requests",
      403,
      '{"code":"Forbidden.AccessDenied.QpsLimitForApi","message":"q"}',
      /Qps/,
    ],
    ["too many requests", 429, '{"code":"TooMany","message":"q"}', /HTTP 429 TooMany/],
    ["an error of the server", 503, '{"code":"Busy"}', /HTTP 503 Busy/],
    ["a page", 400, "<html><body>plain HTTP request", /something between here and DingTalk/],
    ["XML", 200, "<result/>", /HTTP 200 without JSON/],
    ["nothing", 200, "", /without JSON/],
    ["no ticket", 200, '{"endpoint":"wss://h/c"}', /no endpoint or no ticket/],
    ["no address", 200, '{"endpoint":"h","ticket":"t"}', /no endpoint or no ticket/],
    ["an open endpoint", 200, '{"endpoint":"ws://h.example/c","ticket":"t"}', /not wss:/],
    ["another scheme", 200, '{"endpoint":"http://localhost/c","ticket":"t"}', /not wss:/],
    ["no status of a success", 302, "{}", /HTTP 302/],
  ])("that is answered with %s is made again soon", async (_case, status, body, problem) => {
    const gateway = await startGateway();
    gateway.answer = (response) => response.writeHead(status).end(body);
    const { reconnects, clock } = startClient(gateway.url);

    await eventually(() => reconnects()[0]);
    const [first] = reconnects();
    gateway.answer = gateway.invite;
    clock.advance(500);
    await gateway.socket(1);

    expect(first).toMatchObject({ reason: "open-failed", afterMs: 500 });
    expect(first?.problem).toMatch(problem);
  });

  test("is given up after 10 s without an answer", async () => {
    const gateway = await startGateway();
    gateway.answer = () => {};
    const { reconnects, clock } = startClient(gateway.url);
    await eventually(() => gateway.opens[0]);

    clock.advance(9_999);
    await settle();
    const early = reconnects();
    clock.advance(1);

    await eventually(() => reconnects()[0]);
    expect(early).toEqual([]);
    expect(reconnects()[0]?.problem).toBe("DingTalk's gateway gave no answer: timeout");
  });

  test("names the system's error when nobody listens", async () => {
    const { reconnects } = startClient(new URL("http://localhost:1"));

    await eventually(() => reconnects()[0]);

    expect(reconnects()[0]).toMatchObject({
      reason: "open-failed",
      problem: "DingTalk's gateway gave no answer: connect-failed ECONNREFUSED",
    });
  });

  test("shows no secret that DingTalk repeats in its refusal", async () => {
    const gateway = await startGateway();
    gateway.answer = (response) =>
      json(response, 401, { code: clientSecret, message: `bad secret ${clientSecret}` });
    const { events, reconnects } = startClient(gateway.url);

    await eventually(() => reconnects()[0]);

    expect(JSON.stringify(events)).not.toContain(clientSecret.slice(0, 8));
  });
});

describe("the handshake", () => {
  test.each([
    [
      "refused",
      (socket: { end(text: string): void }) =>
        socket.end("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"),
      "the handshake was answered with HTTP 401",
    ],
    [
      "cut",
      (socket: { destroy(): void }) => socket.destroy(),
      "no connection to the stream's host: ECONNRESET",
    ],
  ] as const)(
    "that is %s is followed by one attempt with a new ticket",
    async (_case, blow, problem) => {
      const gateway = await startGateway();
      // Each row treats the socket by one method of its own.
      gateway.upgrade = blow as typeof gateway.upgrade;
      const { reconnects, clock, events } = startClient(gateway.url);
      await eventually(() => reconnects()[0]);
      await settle();
      gateway.upgrade = (_socket, accept) => accept();

      clock.advance(500);
      await gateway.socket(1);

      expect(reconnects()).toEqual([
        { type: "reconnect", reason: "handshake", afterMs: 500, problem },
      ]);
      expect(gateway.opens).toHaveLength(2);
      expect(JSON.stringify(events)).not.toContain("7724109a");
    },
  );

  test("is given up after 10 s", async () => {
    const gateway = await startGateway();
    gateway.upgrade = () => {};
    const { reconnects, clock } = startClient(gateway.url);
    await eventually(() => gateway.tickets[0]);

    clock.advance(10_000);

    expect(reconnects()).toMatchObject([{ reason: "handshake", afterMs: 500 }]);
    expect(reconnects()[0]?.problem).toBe("the handshake took more than 10 s");
  });

  test("loses no frame that comes together with the upgrade", async () => {
    const gateway = await startGateway();
    gateway.upgrade = (socket, accept) => {
      socket.cork();
      accept();
      gateway.sockets[0]?.send(callback("early"));
      process.nextTick(() => socket.uncork());
    };
    const { frame } = startClient(gateway.url);

    expect(await frame(1)).toMatchObject({ messageId: "early" });
  });
});

describe("a frame", () => {
  test("of the system is answered, whatever waits", async () => {
    const gateway = await startGateway();
    const { frames } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    for (let index = 0; index < 300; index += 1) peer.send(callback(`m${index}`));
    await eventually(() => frames.length === 300 || undefined);

    peer.send(system("KEEPALIVE"));
    peer.send(system("ping", "a1"));
    peer.send(system("ping", "a1"));

    await eventually(() => peer.texts.length === 2 || undefined);
    const answer = {
      code: 200,
      message: "OK",
      headers: { contentType: "application/json", messageId: "a1" },
      data: '{"opaque":"x"}',
    };
    expect(peer.texts.map((text) => JSON.parse(text))).toEqual([answer, answer]);
  });

  test("with a message is acked once, with its number", async () => {
    const gateway = await startGateway();
    const { frame } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    peer.send(callback("212b9d7c", '{ "text" : {"content":" 你好"} }'));

    const taken = await frame(1);
    taken.ack(200);
    taken.ack(500);
    taken.leave();
    peer.send(system("ping"));

    await eventually(() => peer.texts.length === 2 || undefined);
    expect(taken.data).toBe('{ "text" : {"content":" 你好"} }');
    expect(peer.texts[0]).toBe(
      '{"code":200,"message":"OK","headers":{"contentType":"application/json","messageId":"212b9d7c"},"data":"{\\"response\\":null}"}',
    );
  });

  test("may be acked with data of the caller's", async () => {
    const gateway = await startGateway();
    const { frame } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    peer.send(callback("c1"));

    (await frame(1)).ack(200, '{"response":"x"}');

    await eventually(() => peer.texts[0]);
    expect(JSON.parse(peer.texts[0] ?? "").data).toBe('{"response":"x"}');
  });

  test("of another topic or type is answered with 404", async () => {
    const gateway = await startGateway();
    startClient(gateway.url);
    const peer = await gateway.socket(1);
    const { headers } = callback("c1");

    peer.send({ ...callback("c1"), headers: { ...headers, topic: "/v1.0/card" } });
    peer.send({ ...callback("e1"), type: "EVENT" });

    await eventually(() => peer.texts.length === 2 || undefined);
    expect(peer.texts.map((text) => JSON.parse(text).code)).toEqual([404, 404]);
  });

  test("of more than 1 MiB ends the connection", async () => {
    const gateway = await startGateway();
    const { reconnects, clock, frames } = startClient(gateway.url);
    const peer = await gateway.socket(1);

    peer.send(callback("big", JSON.stringify("x".repeat(2 * 1024 * 1024))));
    await eventually(() => reconnects()[0]);
    clock.advance(500);
    await gateway.socket(2);

    expect(reconnects()).toMatchObject([{ reason: "closed", afterMs: 500 }]);
    expect(frames).toEqual([]);
  });

  test("of less than 1 MiB passes", async () => {
    const gateway = await startGateway();
    const { frame } = startClient(gateway.url);
    const peer = await gateway.socket(1);

    peer.send(callback("big", JSON.stringify("x".repeat(1024 * 1024 - 1000))));

    expect(await frame(1)).toMatchObject({ messageId: "big" });
  });

  test("of garbage, 1000 times, leaves the connection as it is", async () => {
    const gateway = await startGateway();
    const { frame, frames, events } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    const garbage = [
      "{",
      "",
      "[]",
      '{"type":"CALLBACK"}',
      Buffer.from([0, 1, 2, 255]),
      JSON.stringify({ ...callback("bad"), data: "no JSON" }),
      JSON.stringify({ ...callback("bad"), data: 7 }),
      JSON.stringify({ ...callback("bad"), headers: { messageId: {} } }),
      JSON.stringify({ ...callback("bad"), type: 1 }),
      "[".repeat(100_000),
      JSON.stringify({ ...callback("bad"), data: { msgId: "m1" } }),
      JSON.stringify({ ...callback("bad"), data: "[".repeat(10_000) }),
      `{"__proto__":${JSON.stringify(callback("x"))}}`,
      `{"type":"CALLBACK","data":"{}","headers":{"__proto__":{"messageId":"x"}}}`,
    ];
    const isNumbered = (text: unknown): boolean => String(text).includes('"bad"');

    for (let round = 0; round < 100; round += 1) {
      for (const text of garbage) peer.socket.send(text);
      peer.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    }
    peer.send(callback("good"));

    expect(await frame(1)).toMatchObject({ messageId: "good" });
    expect(frames).toHaveLength(1);
    expect(gateway.sockets).toHaveLength(1);
    expect(events.filter(({ type }) => type === "malformed")).toHaveLength(1500);
    await eventually(
      () => peer.texts.length === 100 * garbage.filter(isNumbered).length || undefined,
    );
    expect(new Set(peer.texts.map((text) => JSON.parse(text).code))).toEqual(new Set([400]));
  });
});

describe("a quiet peer", () => {
  test("keeps its connection for 10 minutes if it answers pings", async () => {
    const gateway = await startGateway();
    const { clock, reconnects, open } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    await eventually(() => open() === 1 || undefined);
    let pings = 0;

    for (let round = 0; round < 20; round += 1) {
      const pinged = new Promise((resolve) => peer.socket.once("ping", resolve));
      clock.advance(30_000);
      await pinged;
      // The pong lies in the client's socket and needs a turn of the event loop.
      await settle();
      pings += 1;
    }

    expect(pings).toBe(20);
    expect(reconnects()).toEqual([]);
    expect(gateway.sockets).toHaveLength(1);
  });

  test("is left 10 s after a ping without an answer", async () => {
    const gateway = await startGateway({ autoPong: false });
    const { clock, reconnects, open } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    await eventually(() => open() === 1 || undefined);

    clock.advance(30_000);
    await new Promise((resolve) => peer.socket.once("ping", resolve));
    clock.advance(9999);
    await settle();
    const early = reconnects();
    clock.advance(1);
    await eventually(() => reconnects()[0]);
    clock.advance(500);
    await gateway.socket(2);

    expect(early).toEqual([]);
    expect(reconnects()).toMatchObject([{ reason: "no-pong" }]);
    await eventually(() => peer.closedWith());
  });

  test("is pinged at once after a sleep of the machine", async () => {
    const gateway = await startGateway();
    const { clock, open } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    await eventually(() => open() === 1 || undefined);
    const pinged = new Promise((resolve) => peer.socket.once("ping", resolve));

    clock.set(3_600_000);
    clock.advance(5000);

    await pinged;
  });
});

describe("a disconnect frame", () => {
  test("is followed by a new connection first; the old one is read and acked until it ends", async () => {
    const gateway = await startGateway();
    const { frame, clock, reconnects, open } = startClient(gateway.url);
    const old = await gateway.socket(1);
    old.send(callback("before"));
    const before = await frame(1);

    old.send(system("disconnect"));
    const young = await gateway.socket(2);
    await eventually(() => open() === 2 || undefined);
    old.send(callback("after"));
    const after = await frame(2);
    before.ack(200);
    after.ack(200);
    await eventually(() => old.texts.length === 2 || undefined);
    clock.advance(14_999);
    await settle();
    const closedEarly = old.closedWith();
    clock.advance(1);

    await eventually(() => old.closedWith());
    expect(closedEarly).toBeUndefined();
    expect(young.texts).toEqual([]);
    expect(young.closedWith()).toBeUndefined();
    expect(open()).toBe(1);
    expect(reconnects()).toMatchObject([{ reason: "disconnect", afterMs: 0 }]);
  });

  test("does not end the old connection while no new one can be made", async () => {
    const gateway = await startGateway();
    const { frame, clock, reconnects } = startClient(gateway.url);
    const old = await gateway.socket(1);
    gateway.answer = (response) => json(response, 503, {});

    old.send(system("disconnect"));
    await eventually(() => reconnects()[1]);
    clock.advance(400);
    old.send(callback("late"));
    (await frame(1)).ack(200);
    await eventually(() => old.texts[0]);
    old.socket.terminate();
    await settle();
    gateway.answer = gateway.invite;
    clock.advance(100);
    await gateway.socket(2);

    expect(reconnects().map(({ reason }) => reason)).toEqual(["disconnect", "open-failed"]);
  });

  test("in a row of twenty costs no message and no delay", async () => {
    const gateway = await startGateway();
    const { frames, reconnects } = startClient(gateway.url);

    for (let round = 1; round <= 20; round += 1) {
      const peer = await gateway.socket(round);
      peer.send(callback(`m${round}`));
      peer.send(system("disconnect"));
    }
    (await gateway.socket(21)).send(callback("m21"));

    await eventually(() => frames.length === 21 || undefined);
    expect(reconnects().map(({ afterMs }) => afterMs)).toEqual(Array(20).fill(0));
  });
});

describe("connections that end", () => {
  test("leave no timer behind", async () => {
    const gateway = await startGateway();
    const { clock, open, reconnects } = startClient(gateway.url);
    for (let round = 1; round <= 5; round += 1) {
      const peer = await gateway.socket(round);
      await eventually(() => open() === 1 || undefined);
      peer.socket.terminate();
      const { afterMs } = await eventually(() => reconnects()[round - 1]);
      clock.advance(afterMs);
    }
    await gateway.socket(6);
    await eventually(() => open() === 1 || undefined);

    // The one timer looks after the connection that is open.
    expect(clock.waiting).toBe(1);
    expect(reconnects().map(({ reason }) => reason)).toEqual(Array(5).fill("closed"));
  });
});

describe("another secret", () => {
  test("opens a new connection before the old one goes", async () => {
    const gateway = await startGateway();
    const { client, open, clock } = startClient(gateway.url);
    const old = await gateway.socket(1);
    await eventually(() => open() === 1 || undefined);

    client.renew(new Secret(clientSecret));
    client.renew(new Secret("another"));
    await eventually(() => open() === 2 || undefined);
    clock.advance(15_000);

    await eventually(() => old.closedWith());
    expect(gateway.opens.map(({ body }) => body.clientSecret)).toEqual([clientSecret, "another"]);
  });

  test("is tried at once after a refusal", async () => {
    const gateway = await startGateway();
    gateway.answer = (response, { body }) =>
      body.clientSecret === "right"
        ? gateway.invite(response)
        : json(response, 401, { code: "authFailed" });
    const { client, reconnects } = startClient(gateway.url);
    await eventually(() => reconnects()[0]);

    client.renew(new Secret("right"));

    await gateway.socket(1);
  });
});

describe("the stop of a client", () => {
  test("waits for the acks of frames in hand, takes no more, and closes with 1000", async () => {
    const gateway = await startGateway();
    const { client, frame, frames, open } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    peer.send(callback("m1"));
    peer.send(callback("m2"));
    const taken = await frame(1);
    const left = await frame(2);

    const stopped = client.stop(60_000);
    peer.send(callback("m3"));
    peer.send(system("ping"));
    await eventually(() => peer.texts.length === 1 || undefined);
    taken.ack(200);
    left.leave();
    await stopped;

    expect(peer.texts.map((text) => JSON.parse(text).headers.messageId)).toEqual(["ping", "m1"]);
    await eventually(() => peer.closedWith() === 1000 || undefined);
    expect(frames).toHaveLength(2);
    expect(open()).toBe(0);
  });

  test("ends after its grace, and for a peer that does not close after 2 s more", async () => {
    const gateway = await startGateway();
    const { client, clock, frame } = startClient(gateway.url);
    const peer = await gateway.socket(1);
    peer.send(callback("m1"));
    await frame(1);
    peer.socket.pause();

    const stopped = client.stop(5000);
    clock.advance(5000);
    await settle();
    clock.advance(2000);

    await stopped;
    expect(clock.waiting).toBe(0);
  });

  test.each([
    [
      "an open request",
      (gateway: { answer: unknown }) => {
        gateway.answer = () => {};
      },
    ],
    [
      "a handshake",
      (gateway: { upgrade: unknown }) => {
        gateway.upgrade = () => {};
      },
    ],
    [
      "the wait for an attempt",
      (gateway: { answer: unknown }) => {
        gateway.answer = (response: { destroy(): void }) => response.destroy();
      },
    ],
  ])("ends %s", async (_case, hinder) => {
    const gateway = await startGateway();
    hinder(gateway);
    const { client, clock, reconnects } = startClient(gateway.url);
    await eventually(() => gateway.tickets[0] ?? reconnects()[0] ?? gateway.opens[0]);

    await passTimeUntil(clock, client.stop(0), 0);
    await settle();
    clock.advance(3_600_000);
    await settle();

    expect(clock.waiting).toBe(0);
    expect(gateway.opens).toHaveLength(1);
  });
});
