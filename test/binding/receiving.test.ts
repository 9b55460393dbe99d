import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { Readers } from "../../src/dapr/readers.ts";
import { signCallback } from "../../src/dingtalk/callback.ts";
import { readMessage } from "../../src/receiving/received-message.ts";
import { createBindingFactory } from "../../src/sidecar/sidecar.ts";
import { noReceiveTelemetry } from "../../src/telemetry/receive-telemetry.ts";
import { freePort } from "../daprd/support/ports.ts";
import { startGateway } from "../dingtalk/stream/support/gateway.ts";
import { keepLog, startComponent, untilReading, warningsOf } from "../support/component.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually, passTimeUntil, settle } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Answer, acceptMessage, jsonAnswer, startRobot } from "../support/robot.ts";

const secret = "app-s3cret";
const text = (content: string) => ({ msgtype: "text", text: { content } });
const minuteMs = 60_000;

interface ConversationOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** What the app answers to each event. */
  readonly app?: string;
  /** What the host of the session webhooks answers. */
  readonly host?: Answer;
}

/** A component with `receive: http` whose app reads, and a host to which its answers go. */
async function converse({ metadata, app = "", host = acceptMessage }: ConversationOptions = {}) {
  const callbackPort = await freePort();
  const component = await startComponent({ callbackPort, callbackHost: "127.0.0.1" });
  const daprd = new DaprdClient(component.socket);
  const robot = await startRobot(host);
  const { origin } = new URL(robot.url);
  const own = { id: "support-bot", receive: "http", clientSecret: secret };
  await daprd.init({ ...own, allowedSessionHosts: origin, ...metadata });
  const events = answerEvents(daprd.read(), () => ({ response_data: Buffer.from(app) }));
  await untilReading(component);
  const { clock } = component;
  /** Posts a signed callback, as DingTalk does when a person writes to the robot. */
  const says = async (message: Readonly<Record<string, unknown>> = {}) => {
    const timestamp = String(clock.now());
    const response = await fetch(`http://127.0.0.1:${callbackPort}/callback/support-bot`, {
      method: "POST",
      headers: { timestamp, sign: signCallback(timestamp, secret) },
      body: JSON.stringify({
        ...{ msgId: "m1", conversationType: "2", senderStaffId: "0147", ...text(" 你好") },
        sessionWebhook: `${origin}/robot/sendBySession?session=5e55`,
        sessionWebhookExpiredTime: clock.now() + 90 * minuteMs,
        ...message,
      }),
    });
    return { status: response.status, body: await response.text() };
  };
  const reply = (metadata: Record<string, string>, message: object = text("done")) =>
    daprd.invoke("reply", JSON.stringify(message), { metadata });
  return { clock, component, daprd, events, origin, reply, robot, says };
}

/** Waits for an answer at the host of the session webhooks. */
const untilSaid = (robot: { readonly posts: readonly unknown[] }) =>
  eventually(() => robot.posts.length > 0);

describe("a signed callback", () => {
  test("becomes an event, and the app's message is said at the session webhook", async () => {
    const { events, robot, says } = await converse({ app: JSON.stringify(text("状态一切正常")) });

    const answer = await says();
    await untilSaid(robot);

    expect(answer).toEqual({ status: 200, body: '{"msgtype":"empty"}' });
    expect(events).toMatchObject([
      {
        content_type: "application/json",
        metadata: { msgId: "m1", receivedBy: "http", attempt: "1" },
      },
    ]);
    expect(JSON.parse(String(events[0]?.data))).toMatchObject({ msgId: "m1", ...text(" 你好") });
    expect(robot.posts).toMatchObject([
      { path: "/robot/sendBySession", body: JSON.stringify(text("状态一切正常")) },
    ]);
  });

  test("has the sender mentioned in the answer with replyAt", async () => {
    const metadata = { replyAt: "true" };
    const { robot, says } = await converse({ metadata, app: JSON.stringify(text("好")) });

    await says();
    await untilSaid(robot);

    expect(JSON.parse(robot.posts[0]?.body ?? "")).toEqual({
      ...text("好 @0147"),
      at: { atUserIds: ["0147"] },
    });
  });

  test("without a session gets the app's message in its response", async () => {
    const { robot, says } = await converse({ app: JSON.stringify(text("好")) });

    const { body } = await says({ sessionWebhook: undefined });

    expect(JSON.parse(body)).toEqual(text("好"));
    expect(robot.posts).toEqual([]);
  });

  test("without a session gets no message in its response that DingTalk would refuse", async () => {
    const app = JSON.stringify(text("x".repeat(30_000)));
    const { component, says } = await converse({ app, metadata: { oversize: "split" } });

    const { status, body } = await says({ sessionWebhook: undefined });

    expect({ status, body }).toEqual({ status: 200, body: '{"msgtype":"empty"}' });
    expect(warningsOf(component)).toMatchObject([
      { msgId: "m1", reason: "invalid-message", msg: "the app's answer was not said" },
    ]);
  });

  test.each([
    ["another host", { sessionWebhook: "https://evil.example/5e55" }, "session-host"],
    ["the past", { sessionWebhookExpiredTime: 1 }, "session-expired"],
  ])("whose session is of %s says nothing", async (_case, message, reason) => {
    const { component, robot, says } = await converse({ app: JSON.stringify(text("好")) });

    await says(message);
    const line = await eventually(() => component.logged.find((one) => one.reason === reason));

    expect(line).toMatchObject({ msgId: "m1", instance: "robot" });
    expect(JSON.stringify(component.logged)).not.toContain("5e55");
    expect(robot.posts).toEqual([]);
  });

  test.each([
    ["has expired", { sessionWebhookExpiredTime: 1 }],
    ["is of another host", { sessionWebhook: "https://evil.example/5e55" }],
  ])("whose session %s has an id of at most 128 characters in the log", async (_case, message) => {
    const { component, says } = await converse({ app: JSON.stringify(text("好")) });

    await says({ ...message, msgId: "m".repeat(5000) });
    const line = await eventually(() => component.logged.find(({ msgId }) => msgId));

    expect(line.msgId).toBe("m".repeat(128));
  });

  test("that DingTalk has ended the session of is an error of the log", async () => {
    const host = jsonAnswer({ errcode: 300001, errmsg: "session 不存在" });
    const { component, says } = await converse({ host, app: JSON.stringify(text("好")) });

    await says();
    const line = await eventually(() => component.logged.find(({ level }) => level === 50));

    expect(line).toMatchObject({ msgId: "m1", reason: "session-expired" });
  });

  test.each([
    ["a message that DingTalk would refuse", JSON.stringify({ msgtype: "text", text: {} })],
    ["no message", '{"success":true}'],
  ])("is not handed over again because the app answered %s", async (_case, app) => {
    const { component, events, robot, says } = await converse({ app });

    await says();
    await eventually(() => warningsOf(component).length > 0);
    await settle();

    expect(warningsOf(component)).toMatchObject([{ msg: expect.stringMatching(/not said/) }]);
    expect(events).toHaveLength(1);
    expect(robot.posts).toEqual([]);
  });

  test("has its hint about answers that are no messages logged once", async () => {
    const { component, events, says } = await converse({ app: "OK" });

    await says();
    await says({ msgId: "m2" });
    await eventually(() => events.length === 2);
    await settle();

    expect(warningsOf(component)).toHaveLength(1);
  });

  test("is refused after the component is gone, and taken after a new Init", async () => {
    const { daprd, origin, says } = await converse();
    const get = { id: "support-bot", url: `${origin}/robot/send?access_token=t` };

    await daprd.init(get);
    const whileGet = await says();
    await daprd.init({ id: "support-bot", receive: "http", clientSecret: secret });
    const afterwards = await says();

    expect([whileGet.status, afterwards.status]).toEqual([404, 200]);
  });
});

describe("reply", () => {
  test("says a message in the conversation of a message that came in", async () => {
    const { reply, robot, says } = await converse();
    await says();

    const { data, metadata } = await reply({ MSGID: "m1" });

    expect(robot.posts).toMatchObject([{ body: JSON.stringify(text("done")) }]);
    expect(String(data)).toBe('{"errcode":0,"errmsg":"ok"}');
    expect(metadata).toMatchObject({ errcode: "0" });
  });

  test("says a message at a session webhook", async () => {
    const { origin, reply, robot } = await converse();

    await reply({ sessionWebhook: `${origin}/robot/sendBySession?session=1` });

    expect(robot.posts).toHaveLength(1);
  });

  test("mentions the sender if the call says so, and not if it says no", async () => {
    const { reply, robot, says } = await converse({ metadata: { replyAt: "true" } });
    await says();

    await reply({ msgId: "m1" });
    await reply({ msgId: "m1", replyAt: "false" }, text("second"));

    expect(robot.posts.map(({ body }) => JSON.parse(body).at)).toEqual([
      { atUserIds: ["0147"] },
      undefined,
    ]);
  });

  test("does not mention the sender in a talk of two", async () => {
    const { reply, robot, says } = await converse();
    await says({ conversationType: "1" });

    await reply({ msgId: "m1", replyAt: "true" });

    expect(JSON.parse(robot.posts[0]?.body ?? "")).not.toHaveProperty("at");
  });

  test.each([
    ["names no message", {}, status.INVALID_ARGUMENT, "reason=invalid-metadata field=msgId"],
    ["names an unknown message", { msgId: "m9" }, status.NOT_FOUND, "reason=message-unknown"],
    [
      "names an address elsewhere",
      { sessionWebhook: "https://evildingtalk.com/5e55" },
      status.INVALID_ARGUMENT,
      "reason=session-host",
    ],
    [
      "has a replyAt that is none",
      { msgId: "m1", replyAt: "maybe" },
      status.INVALID_ARGUMENT,
      "reason=invalid-metadata field=replyAt",
    ],
  ])("fails if the call %s", async (_case, metadata, code, labels) => {
    const { component, reply, robot } = await converse();

    const replied = reply(metadata);

    await expect(replied).rejects.toMatchObject({
      code,
      details: expect.stringMatching(`^dingtalk ${labels}: (?!.*5e55)`),
    });
    expect(robot.posts).toEqual([]);
    expect(JSON.stringify(component.logged)).not.toContain("5e55");
  });

  test("fails as create does for data that is no message", async () => {
    const { reply, says } = await converse();
    await says();

    await expect(reply({ msgId: "m1" }, { msgtype: "text" })).rejects.toMatchObject({
      details: expect.stringMatching(/^dingtalk reason=invalid-message field=text/),
    });
  });

  test("fails after the end of the session, and says nothing through the url", async () => {
    const elsewhere = await startRobot();
    const { clock, reply, robot, says } = await converse({ metadata: { url: elsewhere.url } });
    await says();

    clock.advance(91 * minuteMs);
    const replied = reply({ msgId: "m1" });

    await expect(replied).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
      details: expect.stringMatching(/^dingtalk reason=session-expired: /),
    });
    expect([...robot.posts, ...elsewhere.posts]).toEqual([]);
  });

  test("fails as expired if DingTalk does not know the session", async () => {
    const host = jsonAnswer({ errcode: 300001, errmsg: "session 不存在" });
    const { origin, reply } = await converse({ host });

    await expect(reply({ sessionWebhook: `${origin}/?session=1` })).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
      details: expect.stringMatching(/^dingtalk errcode=300001 reason=session-expired: /),
    });
  });
});

describe("a component with receive: stream", () => {
  test("asks for one subscription, with its clientId and secret without blanks", async () => {
    const gateway = await startGateway();
    const component = await startComponent();
    const daprd = new DaprdClient(component.socket);
    await daprd.init({
      ...{
        ID: "support-bot",
        RECEIVE: "Stream",
        ClientID: " dingabc\n",
        gatewayurl: gateway.url.href,
      },
      clientSecret: ` ${secret}\n`,
    });

    daprd.read();
    await gateway.socket(1);

    expect(gateway.opens.map(({ body }) => body)).toMatchObject([
      {
        ...{ clientId: "dingabc", clientSecret: secret },
        subscriptions: [{ type: "CALLBACK", topic: "/v1.0/im/bot/messages/get" }],
      },
    ]);
    const warnings = warningsOf(component).map(({ field }) => field);
    expect(warnings.filter((field) => field !== undefined)).toEqual([]);
  });
});

describe("the callback port", () => {
  test("is not open unless it is set, and a component that needs it says which variable", async () => {
    const component = await startComponent();
    const daprd = new DaprdClient(component.socket);

    const init = daprd.init({ id: "a", receive: "http", clientSecret: secret });

    await expect(init).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/field=receive: .*DINGTALK_CALLBACK_PORT/),
    });
    expect(component.logged.map(({ msg }) => msg)).not.toContain("callbacks are taken");
  });

  // Linux has all of 127.0.0.0/8 on its loopback interface.
  test.each([
    ["is open on all interfaces by default", {}, 200],
    ["is open on one interface alone if told so", { callbackHost: "127.0.0.1" }, undefined],
  ])("%s", async (_case, options, expected) => {
    const callbackPort = await freePort();
    const component = await startComponent({ callbackPort, ...options });
    const daprd = new DaprdClient(component.socket);
    await daprd.init({
      id: "a",
      receive: "http",
      clientSecret: secret,
      gatewayUrl: "https://a.example",
    });

    const asked = await fetch(`http://127.0.0.2:${callbackPort}/callback/a`).catch(() => undefined);

    expect(asked?.status).toBe(expected);
    expect(warningsOf(component)).toMatchObject([
      { field: "gatewayUrl", msg: expect.stringContaining("no meaning") },
    ]);
  });
});

describe("a component without a url", () => {
  test("refuses create and answers get", async () => {
    const { daprd } = await converse({ app: '"taken"' });

    const created = daprd.create(text("x"));

    await expect(created).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringMatching(/^dingtalk reason=no-url: /),
    });
    expect(String((await daprd.invoke("get", "event")).data)).toBe('"taken"');
  });

  test("stands as one that may send nothing", async () => {
    const { component } = await converse();

    expect(component.status()).toMatchObject([
      { robot: "support-bot", budget: 0, budgetLeft: 0, queueLength: 0, penaltyMs: 0 },
    ]);
  });
});

describe("the end of the process", () => {
  test("lets a message finish that is with the app, also what the app says meanwhile", async () => {
    const callbackPort = await freePort();
    const component = await startComponent({ callbackPort, callbackHost: "127.0.0.1" });
    const { clock } = component;
    const daprd = new DaprdClient(component.socket);
    const robot = await startRobot();
    const { origin } = new URL(robot.url);
    const own = { id: "support-bot", receive: "http", clientSecret: secret };
    await daprd.init({ ...own, allowedSessionHosts: origin });
    const reading = daprd.read();
    const events = answerEvents(reading, () => undefined);
    await untilReading(component);
    const timestamp = String(clock.now());
    const sessionWebhook = `${origin}/robot/sendBySession?session=5e55`;
    const post = () =>
      fetch(`http://127.0.0.1:${callbackPort}/callback/support-bot`, {
        method: "POST",
        headers: { timestamp, sign: signCallback(timestamp, secret) },
        body: JSON.stringify({ msgId: "m1", ...text("你好"), sessionWebhook }),
      });
    const posted = post();
    const event = await eventually(() => events[0]);

    const stopped = component.stop(10_000);
    const late = await post();
    await daprd.invoke("reply", JSON.stringify(text("soon")), { metadata: { msgId: "m1" } });
    reading.write({
      message_id: event.message_id,
      response_data: Buffer.from(JSON.stringify(text("done"))),
    });
    await eventually(() => robot.posts.length === 2);
    await passTimeUntil(clock, stopped, 10);

    expect(late.status).toBe(503);
    expect((await posted).status).toBe(200);
    expect(robot.posts.map(({ body }) => JSON.parse(body))).toEqual([text("soon"), text("done")]);
  });
});

describe("two apps that share a component name", () => {
  test("do not hear it when the daprd of the other ends with a message in flight", async () => {
    const callbackPort = await freePort();
    const component = await startComponent({ callbackPort, callbackHost: "127.0.0.1" });
    const load = async (id: string, app: Parameters<typeof answerEvents>[1], streams: number) => {
      const daprd = new DaprdClient(component.socket);
      await daprd.init({ id, receive: "http", callbackToken: "t0ken" });
      const call = daprd.read();
      const events = answerEvents(call, app);
      await untilReading(component, streams);
      const end = () => {
        call.cancel();
        daprd.close();
      };
      return { events, end };
    };
    const post = (id: string, msgId: string) =>
      fetch(`http://127.0.0.1:${callbackPort}/callback/${id}`, {
        method: "POST",
        headers: { token: "t0ken" },
        body: JSON.stringify({ msgId, sessionWebhook: "https://oapi.dingtalk.com/x" }),
      });
    const one = await load("one", () => undefined, 1);
    const two = await load("two", () => ({ response_data: Buffer.alloc(0) }), 2);
    const inFlight = post("one", "slow");
    await eventually(() => one.events.length > 0);

    one.end();

    expect((await inFlight).status).toBe(503);
    expect((await post("two", "after")).status).toBe(200);
    expect(two.events).toMatchObject([{ metadata: { msgId: "after" } }]);
    expect(component.logged.filter(({ level }) => level === 50)).toEqual([]);
  });
});

describe("a message that its app leaves unanswered", () => {
  // Only a full collection tells whether something still holds the body.
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");

  test("is kept without its body, and its late answer is said all the same", async () => {
    const { clock, log, counts, readers, ids, deliver } = startReceiving();
    const body = deliver({ sessionWebhook: "https://evil.example/5e55" });
    await settle();
    collect();
    expect(body.deref()).toBeInstanceOf(Buffer);

    clock.advance(600_000);
    await settle();
    collect();
    await settle();
    collect();

    expect(body.deref()).toBeUndefined();
    const [reader] = readers.open;
    reader?.acknowledge({
      ...{ message_id: ids[0] ?? "", response_error: null },
      response_data: Buffer.from(JSON.stringify(text("late"))),
    });
    await settle();
    expect(counts).toEqual(["session-host"]);
    expect(log.flatMap(({ msgId }) => msgId ?? [])).toEqual(["m1"]);
  });

  /** The receiving parts as the program builds them, and a daprd that takes every event. */
  function startReceiving() {
    const clock = new FakeClock();
    const { log, logged } = keepLog();
    const counts: string[] = [];
    const answer = (_instance: string, outcome: string) => void counts.push(outcome);
    const factory = createBindingFactory({
      ...{ log, clock, callbackPort: 1 },
      receiveTelemetry: { ...noReceiveTelemetry, answer },
    });
    const readers = new Readers(clock, log);
    const binding = factory.createBinding("robot", readers);
    binding.init({
      direction: "input",
      properties: { id: "x", receive: "http", clientSecret: secret },
    });
    const ids: string[] = [];
    readers.add(({ message_id }, onSent) => {
      ids.push(message_id ?? "");
      onSent();
    });
    const deliver = (fields: object): WeakRef<Buffer> => {
      const [receiver] = factory.callbacks.find("x");
      const data = Buffer.from(JSON.stringify({ msgId: "m1", ...text("你好"), ...fields }));
      receiver?.receive(readMessage(data, "x", "http"));
      return new WeakRef(data);
    };
    return { clock, log: logged, counts, readers, ids, deliver };
  }
});
