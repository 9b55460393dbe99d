import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually, settle } from "../../support/eventually.ts";
import { call, entries, hello, send } from "../support/sandbox.ts";
import {
  addressFor,
  callbackOf,
  connect,
  connectionsOf,
  createStreamRoom,
  faultsOf,
  humanOf,
  open,
  Program,
  refusalOf,
  type StreamRoom,
  setFault,
  speakAndAck,
  speakTo,
  stateOf,
} from "./support/program.ts";

describe("a fault of the gateway", () => {
  test.each([
    ["401", 401, /"authFailed"/],
    ["400", 400, /"invalidParameter"/],
    ["400-ua", 400, /"ua invalid"/],
    ["403", 403, /QpsLimit/],
    ["429", 429, /"requestid"/],
    ["503", 503, /"requestid"/],
    ["html", 400, /^<html>/],
  ])("answers a request for a connection with %s", async (answer, status, body) => {
    const room = await createStreamRoom();
    await setFault(room, { type: "open-status", answer });

    const response = await open(room);

    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(body);
    expect((await open(room)).status).toBe(200);
  });

  test("lets a request for a connection hang", async () => {
    const room = await createStreamRoom();
    await setFault(room, { type: "open-hang" });
    const answer = open(room);
    await eventually(async () => (await stateOf(room)).faults.length === 0);

    await room.sandbox.close();

    await expect(answer).rejects.toBeInstanceOf(TypeError);
  });

  test.each([
    [{ type: "handshake-status", status: 503 }, 503],
    [{ type: "ticket-expired" }, 401],
  ])("refuses an upgrade with %j", async (effect, status) => {
    const room = await createStreamRoom();
    await setFault(room, effect);
    const address = await addressFor(room);

    const refused = await refusalOf(address);

    expect(refused).toBe(status);
    expect(await refusalOf(address)).toBe(401);
    expect((await stateOf(room)).faults).toEqual([]);
  });

  test("lets an upgrade hang until the sandbox ends", async () => {
    const room = await createStreamRoom();
    await setFault(room, { type: "handshake-hang" });
    const program = new Program(await addressFor(room));
    await eventually(async () => (await stateOf(room)).faults.length === 0);

    await room.sandbox.close();

    expect(await program.closed()).toBe(1006);
  });

  test("sends a message together with the answer to the upgrade", async () => {
    const room = await createStreamRoom();
    await setFault(room, { type: "early-frame" });

    const { packets, program } = await connectThroughRelay(room);

    expect(packets[0]).toMatch(/^HTTP\/1.1 101 .*CALLBACK.*early frame/s);
    program.ack(await program.message());
    await eventually(async () => (await callbackOf(room))?.state === "answered");
  });
});

describe("a fault of a message", () => {
  test("no-pong makes the connection silent", async () => {
    const { room, program } = await pushWith({ type: "no-pong" });
    program.socket.ping();
    await call(room.sandbox, humanOf, {});
    room.clock.advance(30_000);
    await roundTrip(room);

    const seen = [program.raw.length, program.pongs];

    expect(seen).toEqual([0, 0]);
    expect(await connectionsOf(room)).toMatchObject([{ state: "open" }]);
  });

  test("zombie lets the connection answer pings and deliver nothing", async () => {
    const { room, program } = await pushWith({ type: "zombie" });
    program.socket.ping();
    await once(program.socket, "pong");
    room.clock.advance(60_000);

    await eventually(() => program.others.length === 2);

    expect(program.messages).toEqual([]);
    expect((await callbackOf(room))?.pushes).toHaveLength(2);
  });

  test.each([
    ["cut", 0],
    ["cut-after-frame", 1],
  ])("%s resets the connection after %i frames", async (type, count) => {
    const room = await createStreamRoom();
    const program = await connect(room);
    await setFault(room, { type });
    const closed = program.closed();
    const speaking = call(room.sandbox, speakTo, { text: "x" });

    const code = await closed;

    room.clock.advance(3000);
    await speaking;

    expect(code).toBe(1006);
    expect(program.messages).toHaveLength(count);
    expect(await callbackOf(room)).toMatchObject({
      ...{ state: "waiting", pushes: [{ fault: { type }, code: null }] },
    });
  });

  test("disconnect sends a disconnect frame after the message", async () => {
    const { program } = await pushWith({ type: "disconnect" });

    await eventually(() => program.others.length > 0);

    expect(program.raw.map((bytes) => JSON.parse(String(bytes)).headers.topic)).toEqual([
      "/v1.0/im/bot/messages/get",
      "disconnect",
    ]);
  });

  test.each([
    ["no-json", /^<html>$/],
    ["no-message-id", /^(?!.*messageId)\{.*"CALLBACK"/],
    ["binary", /^\{.*"CALLBACK"/],
    ["data-no-json", /"data":"\{"/],
    ["2-mib", /x{2097152}/],
  ])("garbage sends %s before the message", async (garbage, expected) => {
    const { program } = await pushWith({ type: "garbage", garbage });

    await eventually(() => program.raw.length === 2);

    expect(String(program.raw[0])).toMatch(expected);
    expect(JSON.parse(JSON.parse(String(program.raw[1])).data)).toMatchObject({ msgtype: "text" });
  });

  test("duplicate pushes the message twice", async () => {
    const { room, program } = await pushWith({ type: "duplicate" });
    const [first, second] = [await program.message(1), await program.message(2)];
    program.ack(first);
    program.ack(second);

    await eventually(async () =>
      (await callbackOf(room))?.pushes.every(({ code }) => code === 200),
    );

    expect(first.data).toBe(second.data);
    expect(first.headers.messageId).not.toBe(second.headers.messageId);
    expect((await callbackOf(room))?.pushes).toHaveLength(2);
  });

  test("slow holds the frame back", async () => {
    const { room, program } = await pushWith({ type: "slow", delayMs: 5000 });
    await roundTrip(room);
    const before = program.messages.length;
    room.clock.advance(5000);

    await program.message();

    expect(before).toBe(0);
  });
});

describe("a fault of a session webhook", () => {
  test.each([
    [{ effect: { type: "session-expired" }, next: 1 }, 300001, "session 不存在"],
    [{ effect: { type: "errcode", errcode: 130101 }, hits: "reply", next: 1 }, 130101, /./],
  ])("answers as %j", async (fault, errcode, errmsg) => {
    const room = await createStreamRoom();
    const program = await connect(room);
    await call(room.sandbox, faultsOf, [fault]);
    const { sessionWebhook } = await speakAndAck(room, program);
    const sent = await send(room.sandbox);

    const answers = [await reply(sessionWebhook), await reply(sessionWebhook)];

    expect(sent.errcode).toBe(0);
    expect(answers).toEqual([
      { errcode, errmsg: expect.stringMatching(errmsg) },
      { errcode: 0, errmsg: "ok" },
    ]);
    expect(await entries(room.sandbox, "?kind=reply")).toMatchObject([
      { outcome: "faulted", errcode, fault: fault.effect },
      { outcome: "accepted" },
    ]);
  });

  test("of requests to the robot leaves it alone", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const { sessionWebhook } = await speakAndAck(room, program);
    await setFault(room, { type: "errcode", errcode: 7 });

    const answer = await reply(sessionWebhook);

    expect(answer).toMatchObject({ errcode: 0 });
  });
});

/** Speaks while a fault is set, and lets the 3 seconds pass that the API waits for an ack. */
async function pushWith(effect: object) {
  const room = await createStreamRoom();
  const program = await connect(room);
  await setFault(room, effect);
  const speaking = call(room.sandbox, speakTo, { text: "x" });
  await eventually(async () => ((await callbackOf(room))?.pushes.length ?? 0) > 0);
  room.clock.advance(3000);
  await speaking;
  return { room, program };
}

/** What was sent before a call of the API has come when its answer has. */
async function roundTrip(room: StreamRoom): Promise<void> {
  for (let count = 0; count < 3; count += 1) await stateOf(room);
  await settle();
}

async function reply(sessionWebhook: string): Promise<unknown> {
  const response = await fetch(sessionWebhook, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(hello),
  });
  return await response.json();
}

/** Connects through a relay that keeps the packets of the sandbox. */
async function connectThroughRelay(room: StreamRoom) {
  const address = new URL(await addressFor(room));
  const target = { port: Number(address.port), host: address.hostname };
  const packets: string[] = [];
  const relay = createServer((client) => {
    const upstream = createConnection(target);
    client.pipe(upstream).pipe(client);
    upstream.on("data", (packet) => packets.push(packet.toString("latin1")));
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  onTestFinished(() => void relay.close());
  const local = relay.address();
  address.port = String(typeof local === "object" ? local?.port : 0);
  const program = new Program(address.href);
  await program.message();
  return { packets, program };
}
