import { describe, expect, onTestFinished, test } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { Connections } from "../../src/dingtalk/connections.ts";
import { Inbox } from "../../src/receiving/inbox.ts";
import type { Receipt } from "../../src/receiving/receipt.ts";
import type { ReceivedMessage } from "../../src/receiving/received-message.ts";
import type { ReceivingApp } from "../../src/receiving/receiving-app.ts";
import { Streams } from "../../src/receiving/streams.ts";
import { noReceiveTelemetry } from "../../src/telemetry/receive-telemetry.ts";
import {
  callback,
  clientSecret,
  json,
  startGateway,
  system,
  ticket,
} from "../dingtalk/stream/support/gateway.ts";
import { keepLog } from "../support/component.ts";
import { eventually, passTimeUntil, settle } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { TestApp as InboxApp } from "./support/test-app.ts";

interface TestApp extends ReceivingApp {
  isReading: boolean;
}

const app = (instance: string, isReading = true): TestApp => ({
  instance,
  robot: "dingabc",
  isReading,
  settings: { redeliver: 3, maxInFlight: 64, handleTimeoutMs: 1000, rememberForMs: 1000 },
  handOver: () => Promise.reject(new Error("the inbox of this test hands nothing over")),
  answered: () => Promise.resolve("silent"),
});

/** What an inbox was given, and the decision that the test makes about it. */
interface Given {
  readonly app: ReceivingApp;
  readonly message: ReceivedMessage;
  accept(isAccepted: boolean): void;
}

/** Streams with a gateway and an inbox in which the test decides. */
async function startStreams() {
  const gateway = await startGateway();
  const clock = new FakeClock();
  const given: Given[] = [];
  const counts: string[] = [];
  const { logged, log } = keepLog();
  const receive = (to: ReceivingApp, message: ReceivedMessage): Receipt => {
    let accept = (_isAccepted: boolean): void => {};
    const accepted = new Promise<boolean>((resolve) => {
      accept = resolve;
    });
    given.push({ app: to, message, accept });
    return { state: () => "held", accepted, answer: Promise.resolve(undefined) };
  };
  const streams = new Streams({
    ...{ clock, log, random: () => 0.5, connections: new Connections({}), inbox: { receive } },
    telemetry: {
      ...noReceiveTelemetry,
      streamConnections: (instance, count) => void counts.push(`${instance} ${count}`),
      received: (instance, via, outcome) => void counts.push(`${instance} ${via} ${outcome}`),
      streamReconnect: (reason) => void counts.push(reason),
    },
  });
  onTestFinished(() => passTimeUntil(clock, streams.stop(0), 1000));
  const join = (
    member: ReceivingApp,
    secret = clientSecret,
    { id = "support", clientId = "a" } = {},
  ) =>
    streams.join({
      ...{ gatewayUrl: gateway.url, clientId, clientSecret: new Secret(secret), app: member, id },
    });
  const take = (number: number) => eventually(() => given[number - 1]);
  return { streams, gateway, clock, given, take, counts, logged, join };
}

describe("a component that receives by stream", () => {
  test("has no connection before its app reads", async () => {
    const { streams, gateway, join } = await startStreams();
    const idle = app("a", false);
    join(idle);
    await settle();
    const opensBefore = gateway.opens.length;

    idle.isReading = true;
    streams.readersChanged(idle);
    await gateway.socket(1);

    expect(opensBefore).toBe(0);
  });

  test("gets the message byte for byte, and it is acked when it is accepted", async () => {
    const { gateway, take, join } = await startStreams();
    const only = app("a");
    join(only);
    const peer = await gateway.socket(1);
    const data = '{ "msgId":"m1",  "text":{"content":" 你好"} }';
    peer.send(callback("f1", data));

    const { message, accept, app: given } = await take(1);
    await settle();
    const ackedBefore = peer.texts.length;
    accept(true);
    await eventually(() => peer.texts[0]);

    expect(message.data.toString()).toBe(data);
    expect(message).toMatchObject({ via: "stream", msgId: "m1" });
    expect(given).toBe(only);
    expect(ackedBefore).toBe(0);
    expect(JSON.parse(peer.texts[0] ?? "")).toMatchObject({
      code: 200,
      headers: { messageId: "f1" },
    });
  });

  test("has each message counted as acknowledged once, by the inbox", async () => {
    const gateway = await startGateway();
    const clock = new FakeClock();
    const acknowledged: number[] = [];
    const acks = (seconds: number): void => void acknowledged.push(seconds);
    const telemetry = { ...noReceiveTelemetry, acknowledged: acks };
    const base = { clock, log: keepLog().log, random: () => 0.5, telemetry };
    const inbox = new Inbox(base);
    const streams = new Streams({ ...base, connections: new Connections({}), inbox });
    onTestFinished(() => passTimeUntil(clock, streams.stop(0), 1000));
    const only = new InboxApp();
    const clientId = "a";
    streams.join({
      ...{ gatewayUrl: gateway.url, clientId, clientSecret: new Secret(clientSecret) },
      ...{ app: only, id: "support" },
    });
    const peer = await gateway.socket(1);

    peer.send(callback("f1"));
    await eventually(() => only.handOvers.length === 1 || undefined);
    clock.advance(500);
    only.last.answer();
    await eventually(() => peer.texts[0]);

    expect(acknowledged).toEqual([0.5]);
  });

  test("leaves a message without ack that was not accepted", async () => {
    const { gateway, take, join } = await startStreams();
    join(app("a"));
    const peer = await gateway.socket(1);
    peer.send(callback("f1"));

    (await take(1)).accept(false);
    await settle();
    peer.send(system("ping"));

    await eventually(() => peer.texts[0]);
    expect(peer.texts.map((text) => JSON.parse(text).headers.messageId)).toEqual(["ping"]);
  });

  test("keeps its connection for 60 s without a reader, and what comes is held", async () => {
    const { streams, gateway, clock, take, join, counts } = await startStreams();
    const only = app("a");
    join(only);
    const peer = await gateway.socket(1);
    await eventually(() => counts.includes("a 1") || undefined);

    only.isReading = false;
    streams.readersChanged(only);
    clock.advance(59_000);
    peer.send(callback("f1"));
    const held = await take(1);
    const closedEarly = peer.closedWith();
    clock.advance(1000);

    await eventually(() => peer.closedWith() === 1000 || undefined);
    expect(held.app).toBe(only);
    expect(closedEarly).toBeUndefined();
    expect(counts).toEqual(["a undefined", "a 0", "a 1", "a undefined"]);
  });

  test("keeps its connection when a reader comes back in time", async () => {
    const { streams, gateway, clock, join, counts } = await startStreams();
    const only = app("a");
    join(only);
    const peer = await gateway.socket(1);
    await eventually(() => counts.includes("a 1") || undefined);

    only.isReading = false;
    streams.readersChanged(only);
    clock.advance(25_000);
    only.isReading = true;
    streams.readersChanged(only);
    clock.advance(25_000);
    await settle();
    clock.advance(25_000);
    await settle();

    expect(peer.closedWith()).toBeUndefined();
    expect(gateway.sockets).toHaveLength(1);
  });

  test("connects anew with the first reader after a minute without one", async () => {
    const { streams, gateway, clock, join, counts } = await startStreams();
    const only = app("a");
    join(only);
    await gateway.socket(1);
    await eventually(() => counts.includes("a 1") || undefined);
    only.isReading = false;
    streams.readersChanged(only);
    clock.advance(60_000);

    only.isReading = true;
    streams.readersChanged(only);

    await gateway.socket(2);
  });

  test("that gets other settings keeps the connection, with another secret makes a new one first", async () => {
    const { gateway, clock, join, counts } = await startStreams();
    const leave = join(app("a"));
    const old = await gateway.socket(1);
    await eventually(() => counts.includes("a 1") || undefined);

    const leaveSecond = join(app("a"));
    leave();
    join(app("a"), "another");
    leaveSecond();
    await gateway.socket(2);
    await eventually(() => counts.includes("a 2") || undefined);
    clock.advance(15_000);

    await eventually(() => old.closedWith());
    expect(gateway.opens.map(({ body }) => body.clientSecret)).toEqual([clientSecret, "another"]);
  });

  test("is told what to check when DingTalk refuses it, and shows no secret", async () => {
    const { gateway, logged, join, counts } = await startStreams();
    gateway.answer = (response) => json(response, 401, { code: "authFailed", message: "鉴权失败" });
    join(app("a"));

    await eventually(() => counts.includes("credentials") || undefined);

    expect(logged).toMatchObject([
      {
        level: 50,
        instances: ["a"],
        problem:
          "DingTalk refused the app: HTTP 401 authFailed 鉴权失败; check clientId and clientSecret; is the app published, its robot in Stream mode?",
      },
    ]);
  });

  test("logs neither the secret, nor the ticket, nor a message", async () => {
    const { gateway, clock, logged, join, take } = await startStreams();
    join(app("a"));
    const peer = await gateway.socket(1);
    peer.send(callback("f1", { msgId: "m1", text: { content: "confidential" } }));
    (await take(1)).accept(true);
    peer.send('{"confidential":');
    await eventually(() => logged.find(({ msg }) => String(msg).includes("malformed")));
    peer.socket.terminate();
    await eventually(() => logged.find(({ msg }) => msg === "stream reconnects"));
    gateway.upgrade = (socket) => socket.destroy();
    clock.advance(1000);
    await eventually(() => logged.find(({ reason }) => reason === "handshake"));

    const lines = JSON.stringify(logged);
    expect(lines).not.toContain(clientSecret);
    expect(lines).not.toContain(ticket);
    expect(lines).not.toContain(encodeURIComponent(ticket));
    expect(lines).not.toContain("confidential");
  });
});

describe("components of one clientId", () => {
  test("share a connection, and those that read get messages in turn", async () => {
    const { gateway, given, join, logged } = await startStreams();
    join(app("a"));
    join(app("b"));
    join(app("c", false));
    const peer = await gateway.socket(1);

    for (let index = 0; index < 6; index += 1) peer.send(callback(`f${index}`));
    await eventually(() => given.length === 6 || undefined);

    const takers = given.map((one) => one.app.instance);
    expect(takers.toSorted()).toEqual(["a", "a", "a", "b", "b", "b"]);
    expect(takers[0]).not.toBe(takers[1]);
    expect(gateway.opens).toHaveLength(1);
    expect(logged.filter(({ level }) => level === 40)).toEqual([]);
  });

  test("are warned of when their ids differ", async () => {
    const { join, logged } = await startStreams();

    join(app("a", false));
    join(app("b", false), clientSecret, { id: "other" });

    expect(logged).toMatchObject([{ level: 40, instances: ["a", "b"], ids: ["support", "other"] }]);
  });

  test("are warned of when their secrets differ, and not when one component has a new one", async () => {
    const { join, logged } = await startStreams();

    const leave = join(app("a", false), "first");
    join(app("a", false), "second");
    leave();
    const before = [...logged];
    join(app("b", false), "third");

    expect(before).toEqual([]);
    expect(logged).toMatchObject([
      { level: 40, instances: ["a", "b"], msg: expect.stringContaining("clientSecrets") },
    ]);
    expect(JSON.stringify(logged)).not.toMatch(/second|third/);
  });

  test("do not keep the wrong secret of one that is gone", async () => {
    const { gateway, join, counts } = await startStreams();
    gateway.answer = (response, { body }) => {
      if (body.clientSecret === clientSecret) gateway.invite(response);
      else json(response, 401, { code: "authFailed", message: "鉴权失败" });
    };
    join(app("a"));
    await gateway.socket(1);
    const leave = join(app("b"), "wrong");
    await eventually(() => counts.includes("credentials") || undefined);

    leave();
    await gateway.socket(2);

    const secrets = gateway.opens.map(({ body }) => body.clientSecret);
    expect(secrets).toEqual([clientSecret, "wrong", clientSecret]);
  });

  test("keep the connection until the last one has left for 60 s", async () => {
    const { gateway, clock, join, given } = await startStreams();
    const leaveA = join(app("a"));
    const leaveB = join(app("b"));
    const peer = await gateway.socket(1);

    leaveA();
    leaveA();
    peer.send(callback("f1"));
    await eventually(() => given[0]);
    leaveB();
    peer.send(callback("f2"));
    peer.send(system("ping"));
    await eventually(() => peer.texts[0]);
    clock.advance(60_000);

    await eventually(() => peer.closedWith() === 1000 || undefined);
    expect(given.map((one) => one.app.instance)).toEqual(["b"]);
  });

  test("of another clientId have a connection of their own", async () => {
    const { gateway, join } = await startStreams();

    join(app("a"));
    join(app("b"), clientSecret, { clientId: "b" });
    await gateway.socket(2);

    expect(gateway.opens.map(({ body }) => body.clientId).toSorted()).toEqual(["a", "b"]);
  });
});

describe("malformed frames", () => {
  test("are counted, answered and logged once a minute", async () => {
    const { gateway, clock, join, counts, logged } = await startStreams();
    join(app("a"));
    const peer = await gateway.socket(1);
    const malformed = (): string[] => counts.filter((count) => count === "a stream malformed");

    for (let index = 0; index < 50; index += 1) peer.send("{");
    peer.send(callback("f1", "[]"));
    await eventually(() => malformed().length === 51 || undefined);
    clock.advance(20_000);
    await settle();
    clock.advance(20_000);
    await settle();
    clock.advance(20_000);
    peer.send("{");
    await eventually(() => malformed().length === 52 || undefined);

    const lines = logged.filter(({ msg }) => msg === "stream brought malformed frames");
    expect(lines).toMatchObject([{ count: 1 }, { count: 51 }]);
    expect(peer.texts.map((text) => JSON.parse(text).code)).toEqual([400]);
  });
});

describe("the shutdown of streams", () => {
  test("acks what is in hand, closes with 1000, and takes nothing more", async () => {
    const { streams, gateway, take, given, join } = await startStreams();
    join(app("a"));
    const peer = await gateway.socket(1);
    peer.send(callback("f1"));
    peer.send(callback("f2"));
    const first = await take(1);
    const second = await take(2);

    const stopped = streams.stop(60_000);
    peer.send(callback("f3"));
    peer.send(system("ping"));
    await eventually(() => peer.texts[0]);
    first.accept(true);
    second.accept(false);
    await stopped;
    join(app("b"));

    await eventually(() => peer.closedWith() === 1000 || undefined);
    expect(peer.texts.map((text) => JSON.parse(text).headers.messageId)).toEqual(["ping", "f1"]);
    expect(given).toHaveLength(2);
    expect(gateway.opens).toHaveLength(1);
  });
});
