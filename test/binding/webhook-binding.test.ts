import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startComponent, untilReading, warningsOf } from "../support/component.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { acceptMessage, startRobot } from "../support/robot.ts";

const text = { msgtype: "text", text: { content: "hello" } };

async function connect(instance?: string) {
  const component = await startComponent();
  return { ...component, component, daprd: new DaprdClient(component.socket, instance) };
}

describe("Init", () => {
  const url = "http://127.0.0.1:1/robot/send?access_token=t";
  const stream = { receive: "stream", clientId: "ding1", clientSecret: "s3cret" };

  test.each([
    ["no id", { url }, "id"],
    ["an empty id", { id: " ", url }, "id"],
    ["no url", { id: "a" }, "url"],
    ["a url that is none", { id: "a", url: "oapi.dingtalk.com/robot/send" }, "url"],
    ["a url of another kind", { id: "a", url: "ftp://host/robot" }, "url"],
    ["a user that cannot be decoded", { id: "a", url: "http://%zz@host/robot" }, "url"],
    ["a password that cannot be decoded", { id: "a", url: "http://u:%e4@host/robot" }, "url"],
    ["a bad responseTimeout", { id: "a", url, responseTimeout: "soon" }, "responseTimeout"],
    ["a responseTimeout of nothing", { id: "a", url, responseTimeout: "0" }, "responseTimeout"],
    ["a bad ackTimeout", { id: "a", url, ACKTIMEOUT: "-1s" }, "ackTimeout"],
    ["an unknown time zone", { id: "a", url, timeZone: "Mars/Olympus" }, "timeZone"],
    ["two Redis hosts", { id: "a", url, redisHost: "a:6379,b:6379" }, "redisHost"],
    ["a Redis address", { id: "a", url, redisHost: "redis://a:6379" }, "redisHost"],
    ["a Redis port that is none", { id: "a", url, redisHost: "a:65536" }, "redisHost"],
    ["a Redis password without its host", { id: "a", url, redisPassword: "p" }, "redisHost"],
    ["a Redis database that is none", { id: "a", url, redisHost: "a", redisDB: "x" }, "redisDB"],
    ["a mode of receiving that is none", { id: "a", receive: "webhook" }, "receive"],
    ["no url with receive: get", { id: "a", receive: "get" }, "url"],
    ["a secret without a url", { id: "a", ...stream, secret: "SECx" }, "secret"],
    ["a stream without clientId", { id: "a", ...stream, clientId: " " }, "clientId"],
    ["a stream without clientSecret", { id: "a", ...stream, clientSecret: "" }, "clientSecret"],
    ["callbacks without a port", { id: "a", receive: "http", clientSecret: "s" }, "receive"],
    ["callbacks without a credential", { id: "a", receive: "http" }, "clientSecret"],
    ["a callbackMaxAge over an hour", { id: "a", url, callbackMaxAge: "61m" }, "callbackMaxAge"],
    ["a callbackMaxAge of nothing", { id: "a", url, callbackMaxAge: "0" }, "callbackMaxAge"],
    ["a handleTimeout over 90 minutes", { id: "a", url, handleTimeout: "91m" }, "handleTimeout"],
    ["no message in flight", { id: "a", url, maxInFlight: "0" }, "maxInFlight"],
    ["a plain gateway elsewhere", { id: "a", url, gatewayUrl: "http://a.example" }, "gatewayUrl"],
    ["a gateway with a path", { id: "a", url, gatewayUrl: "https://a.example/x" }, "gatewayUrl"],
    [
      "a session host with a path",
      { id: "a", url, allowedSessionHosts: "a/b" },
      "allowedSessionHosts",
    ],
    ["answers of no kind", { id: "a", url, answers: "all" }, "answers"],
    ["a flag that is none", { id: "a", url, redisHost: "a", enableTLS: "maybe" }, "enableTLS"],
  ])("refuses %s and names the field", async (_case, properties, field) => {
    const { daprd } = await connect();

    const init = daprd.init(properties);

    await expect(init).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(`^dingtalk reason=invalid-metadata field=${field}: `),
    });
  });

  test("matches keys without regard to case and trims values", async () => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ ID: "a", URL: `${robot.url}\n`, Secret: " SECx\n", responsetimeout: "5" });

    await daprd.create(text);

    expect(robot.posts[0]?.query.get("sign")).toMatch(/=$/);
  });

  test("warns of what is odd about a robot, and shows no value", async () => {
    const { daprd, component } = await connect();

    await daprd.initOutput({ id: "a", URL: `${url}&timestamp=1&sign=s1gn` });
    await daprd.initOutput({ id: "a", url: `${url},${url}`, secret: "'SECs3cret'" });

    expect(warningsOf(component)).toMatchObject([
      { field: "url", code: "old-signature", msg: expect.stringContaining("set secret") },
      { field: "url", code: "several-urls" },
      { field: "secret", code: "secret-quoted" },
    ]);
    expect(JSON.stringify(component.logged)).not.toMatch(/s1gn|s3cret|access_token/);
  });

  test.each([
    ["is absent", {}, /spec\.metadata$/],
    ["is empty", { url: "" }, /, or its secret could not be read: check auth\.secretStore/],
    ["is blank", { URL: " \n" }, /, or its secret could not be read: check auth\.secretStore/],
  ])(
    "tells of the secret if the url is there and empty: it %s",
    async (_case, properties, details) => {
      const { daprd } = await connect();

      const init = daprd.init({ id: "a", ...properties });

      await expect(init).rejects.toMatchObject({ details: expect.stringMatching(details) });
    },
  );

  test.each([
    ["get", { url }, ["clientId", "callbackToken", "gatewayUrl", "answers"]],
    ["stream", { clientSecret: "s" }, ["callbackToken"]],
  ])("warns of fields of other modes with receive: %s", async (receive, own, expected) => {
    const { daprd, component } = await connect();
    const others = { clientId: " ding1 ", callbackToken: "t0ken", allowedSessionHosts: "a" };
    const gateway = { gatewayUrl: "http://127.0.0.1:1", answers: "text" };

    await daprd.initInput({ id: "a", receive, ...own, ...others, ...gateway });

    const warnings = warningsOf(component).filter(({ msg }) => /has no meaning/.test(`${msg}`));
    expect(warnings.map(({ field }) => field)).toEqual(expected);
    expect(JSON.stringify(component.logged)).not.toContain("t0ken");
  });

  test("warns of an optional field that is empty, as daprd leaves a secret that it cannot read", async () => {
    const { daprd, component } = await connect();

    await daprd.initInput({ id: "a", url, Secret: "", redisHost: " ", retries: "1" });

    const warnings = warningsOf(component);
    expect(warnings).toMatchObject([{ field: "secret" }, { field: "redisHost" }]);
  });

  test("proposes no field for an unknown one that is near to none", async () => {
    const { daprd, component } = await connect();

    await daprd.initInput({ id: "a", url, webhookVersion: "x" });

    const [warning] = warningsOf(component);
    expect(warning).toMatchObject({ field: "webhookVersion" });
    expect(warning).not.toHaveProperty("nearest");
  });

  test("warns of an unknown field with the nearest known one, and of none that is daprd's", async () => {
    const { daprd, component } = await connect();

    await daprd.initInput({ id: "a", url, sekret: "x", direction: "input", Route: "r" });

    const warnings = warningsOf(component);
    expect(warnings).toMatchObject([{ field: "sekret", nearest: "secret" }]);
  });

  test("says which type and direction daprd loaded", async () => {
    const { daprd, logged } = await connect("ops");

    await daprd.init({ id: "a", url });

    const type = "bindings.dingtalk.webhook";
    expect(logged.filter((line) => "direction" in line)).toMatchObject([
      { instance: "ops", type, direction: "input" },
      { instance: "ops", type, direction: "output" },
    ]);
  });

  test("replaces the configuration; a call in flight ends with the old one", async () => {
    let release = (): void => {};
    const old = await startRobot((response, post) => {
      release = () => acceptMessage(response, post);
    });
    const next = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: old.url });
    const inFlight = daprd.create(text);
    await eventually(() => old.posts.length === 1 || undefined);

    await daprd.init({ id: "a", url: next.url });
    await daprd.create(text);
    release();

    await expect(inFlight).resolves.toMatchObject({ metadata: { errcode: "0" } });
    expect(next.posts).toHaveLength(1);
    expect(old.posts).toHaveLength(1);
  });

  test("keeps the old configuration when the new one is refused", async () => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url });

    await expect(daprd.init({ id: "a" })).rejects.toThrow();
    await daprd.create(text);

    expect(robot.posts).toHaveLength(1);
  });

  test("warns when two components read under one id", async () => {
    const { socket, daprd, component } = await connect("one");
    await daprd.init({ id: "same", url });

    await new DaprdClient(socket, "two").initInput({ id: "same", url });

    const warnings = warningsOf(component);
    expect(warnings).toMatchObject([{ instance: "two", id: "same" }]);
  });

  test("does not warn when the two are one for input and one for output", async () => {
    const { socket, daprd, component } = await connect("in");
    await daprd.initInput({ id: "same", url });

    await new DaprdClient(socket, "out").initOutput({ id: "same", url });

    expect(warningsOf(component)).toEqual([]);
  });

  test("warns of a second app when another robot comes while the old stream stays open", async () => {
    const { daprd, socket, clock, component } = await connect();
    await daprd.init({ id: "a", url });
    answerEvents(daprd.read(), () => undefined);
    await untilReading(component);

    await new DaprdClient(socket).init({ id: "a", url: `${url}2` });
    clock.advance(1000);

    const warnings = warningsOf(component);
    expect(warnings[0]?.msg).toContain("DAPR_COMPONENTS_SOCKETS_FOLDER");
  });

  test("does not warn when the stream ends as in a reload", async () => {
    const { daprd, clock, logged, component } = await connect();
    await daprd.init({ id: "a", url });
    const stream = daprd.read();
    await untilReading(component);

    stream.cancel();
    await daprd.init({ id: "a", url: `${url}2` });
    await eventually(() => logged.find(({ msg }) => msg === "daprd stopped reading"));
    clock.advance(1000);

    expect(warningsOf(component)).toEqual([]);
  });
});

describe("before Init", () => {
  test.each(["create", "get"])("%s tells to restart daprd", async (operation) => {
    const { daprd } = await connect();

    const call = daprd.invoke(operation, "hi");

    await expect(call).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringMatching(/^dingtalk reason=not-initialized: .*restart daprd/),
    });
  });

  test("Read is refused", async () => {
    const { daprd } = await connect();

    const error = await new Promise((resolve) => daprd.read().on("error", resolve).resume());

    expect(error).toMatchObject({ code: status.FAILED_PRECONDITION });
  });
});

describe("create", () => {
  test("posts the message, signed, as UTF-8 JSON", async () => {
    const robot = await startRobot();
    const { daprd, clock } = await connect();
    await daprd.init({ id: "a", url: robot.url, secret: "this is a secret" });

    const answer = await daprd.create({ msgtype: "text", text: { content: "磁盘已满" } });

    expect(answer).toMatchObject({ metadata: { errcode: "0", errmsg: "ok" } });
    expect(answer.data.toString()).toBe('{"errcode":0,"errmsg":"ok"}');
    const [post] = robot.posts;
    expect(post).toMatchObject({ method: "POST", path: "/robot/send" });
    expect(post?.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(JSON.parse(post?.body ?? "")).toEqual({
      msgUuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      msgtype: "text",
      text: { content: "磁盘已满" },
    });
    expect(Object.fromEntries(post?.query ?? [])).toEqual({
      access_token: "token-1",
      timestamp: String(clock.now()),
      sign: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
    });
  });

  test("refuses what is no message, without a POST", async () => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url });

    const sent = daprd.create({
      msgtype: "link",
      link: { title: "t", text: "x", messageURL: "u" },
    });

    await expect(sent).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(
        /^dingtalk reason=invalid-message field=link.messageUrl: .*link.messageURL/,
      ),
    });
    expect(robot.posts).toEqual([]);
  });

  test.each([
    [
      "an object for a title",
      { markdown: { title: { toString: 1 }, text: "x" } },
      {},
      "markdown.title",
    ],
    [
      "an object for a number",
      { markdown: { title: "t", text: "x" }, at: { atMobiles: [{ toString: 1 }] } },
      {},
      "at.atMobiles[0]",
    ],
    [
      "no number in the metadata",
      { markdown: { title: "t", text: "x" } },
      { atMobiles: "ann" },
      "atMobiles",
    ],
  ])("refuses %s at once, and a digest too", async (_case, content, metadata, field) => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url, overflow: "digest" });

    const sent = daprd.create({ msgtype: "markdown", ...content }, { metadata });

    await expect(sent).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(`reason=invalid-message field=${field}: `),
    });
    expect(robot.posts).toEqual([]);
  });

  test("says that a message is too long before it looks for people", async () => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url });
    const markdown = { title: "t", text: "@1 ".repeat(10_000) };

    const sent = daprd.create({ msgtype: "markdown", markdown }, { metadata: { atMobiles: "1" } });

    await expect(sent).rejects.toMatchObject({ details: expect.stringContaining("30") });
  });

  test("warns once of each misspelled key", async () => {
    const robot = await startRobot();
    const { daprd, component } = await connect();
    await daprd.init({ id: "a", url: robot.url });

    await daprd.create(text, { metadata: { atMobile: "138" } });
    await daprd.create(text, { metadata: { atMobile: "138", at_mobiles: "138" } });

    expect(warningsOf(component)).toMatchObject([
      { field: "atMobile", nearest: "atMobiles" },
      { field: "at_mobiles", nearest: "atMobiles" },
    ]);
  });

  test("ends with DEADLINE_EXCEEDED after responseTimeout", async () => {
    const robot = await startRobot(() => {});
    const { daprd, clock } = await connect();
    await daprd.init({ id: "a", url: robot.url, responseTimeout: "7s", retries: "0" });
    const sent = daprd.create(text);
    await eventually(() => robot.posts.length === 1 || undefined);

    clock.advance(7000);

    await expect(sent).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: expect.stringMatching(/^dingtalk reason=timeout: /),
    });
    expect(await eventually(async () => (await robot.openConnections()) === 0 || undefined)).toBe(
      true,
    );
  });

  test("gives the POST up when the caller goes away", async () => {
    const robot = await startRobot(() => {});
    const { daprd, logged } = await connect();
    await daprd.init({ id: "a", url: robot.url });
    const caller = new AbortController();
    const sent = daprd.create(text, { signal: caller.signal });
    await eventually(() => robot.posts.length === 1 || undefined);

    caller.abort();

    await expect(sent).rejects.toMatchObject({ code: status.CANCELLED });
    await eventually(async () => (await robot.openConnections()) === 0 || undefined);
    expect(
      await eventually(() => logged.find(({ reason }) => reason === "cancelled")),
    ).toBeDefined();
  });

  test("gives the POST up at the caller's deadline", async () => {
    const robot = await startRobot(() => {});
    const { daprd, logged } = await connect();
    await daprd.init({ id: "a", url: robot.url });

    const sent = daprd.create(text, { deadlineMs: 2000 });
    await eventually(() => robot.posts.length === 1 || undefined);

    await expect(sent).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(
      await eventually(() =>
        logged.find(({ reason }) => /^(timeout|deadline|cancelled)$/.test(`${reason}`)),
      ),
    ).toBeDefined();
  });

  test("sends many messages over few kept-alive connections", async () => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url });

    for (let count = 0; count < 20; count += 1) await daprd.create(text);

    expect(robot.posts).toHaveLength(20);
    expect(robot.connections()).toBe(1);
  });

  test("closes the connections of a host that no instance uses any more", async () => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url });
    await daprd.create(text);

    await daprd.init({ id: "a", url: "http://127.0.0.1:1/" });

    await eventually(async () => (await robot.openConnections()) === 0 || undefined);
    expect(robot.posts).toHaveLength(1);
  });

  test("does not follow a redirect", async () => {
    const target = await startRobot();
    const robot = await startRobot((response) => {
      response.writeHead(307, { location: target.url }).end();
    });
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url });

    await expect(daprd.create(text)).rejects.toMatchObject({ code: status.UNAVAILABLE });

    expect(target.posts).toEqual([]);
  });

  test("sends the credentials of an address as Basic authentication", async () => {
    const robot = await startRobot();
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: robot.url.replace("//", "//user:p%40ss@") });

    await daprd.create(text);

    const credentials = Buffer.from("user:p@ss").toString("base64");
    expect(robot.posts[0]?.headers.authorization).toBe(`Basic ${credentials}`);
  });
});

describe("an unknown operation", () => {
  test("is UNIMPLEMENTED", async () => {
    const { daprd } = await connect();
    await daprd.init({ id: "a", url: "http://127.0.0.1:1/" });

    const call = daprd.invoke("delete", "x");

    await expect(call).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringMatching(/^dingtalk reason=unknown-operation: /),
    });
    expect(await daprd.operations()).toEqual(["get", "create", "reply"]);
  });
});

describe("get", () => {
  const url = "http://127.0.0.1:1/robot/send";

  test("hands data and metadata to the app and answers with its answer", async () => {
    const { daprd, component } = await connect();
    await daprd.init({ id: "a", url });
    const events = answerEvents(daprd.read(), () => ({ response_data: Buffer.from("pong") }));
    await untilReading(component);

    const answer = await daprd.invoke("get", "ping", {
      metadata: { a: "1", "content-length": "9" },
    });

    expect(answer.data.toString()).toBe("pong");
    expect(events).toMatchObject([{ data: Buffer.from("ping"), metadata: { a: "1" } }]);
    expect(events[0]?.metadata).not.toHaveProperty("content-length");
  });

  test("reaches another component of the same id that reads", async () => {
    const { daprd, socket, component } = await connect("out");
    const reader = new DaprdClient(socket, "in");
    await daprd.initOutput({ id: "shared", url });
    await reader.initInput({ id: "shared", url });
    answerEvents(reader.read(), () => ({ response_data: Buffer.from("from in") }));
    await untilReading(component);

    const answer = await daprd.invoke("get", "x");

    expect(answer.data.toString()).toBe("from in");
  });

  test("does not reach a component of another id", async () => {
    const { daprd, socket, component } = await connect("out");
    const reader = new DaprdClient(socket, "in");
    await daprd.initOutput({ id: "one", url });
    await reader.initInput({ id: "two", url });
    answerEvents(reader.read(), () => ({}));
    await untilReading(component);

    const call = daprd.invoke("get", "x");

    await expect(call).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringMatching(/^dingtalk reason=no-reader: /),
    });
  });
});
