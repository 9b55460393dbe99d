import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { call } from "../support/sandbox.ts";
import {
  addressFor,
  connect,
  connectionsOf,
  createStreamRoom,
  Program,
  type StreamRoom,
  setFault,
  speakAndAck,
  speakTo,
} from "./support/program.ts";

describe("a connection", () => {
  test("answers pings with their data", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);

    program.socket.ping("abc");

    const [data] = await once(program.socket, "pong");
    expect(String(data)).toBe("abc");
  });

  test("gets a ping frame every 30 seconds, and takes its ack", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    room.clock.advance(60_000);
    const [first, second] = await eventually(() =>
      program.others.length === 2 ? program.others : undefined,
    );
    program.ack(first ?? { ...noFrame });
    program.ack(second ?? { ...noFrame }, { code: 404, headers: second?.headers });

    await speakAndAck(room, program);

    expect(first).toMatchObject({ type: "SYSTEM", headers: { topic: "ping" } });
    expect(first?.headers.messageId).not.toBe(second?.headers.messageId);
    expect(JSON.parse(first?.data ?? "")).toMatchObject({ opaque: expect.any(String) });
  });

  test("is told to go by the API, gets nothing more, and ends after 10 s of silence", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const [connection] = await connectionsOf(room);
    const { status } = await call(room.sandbox, `DELETE /api/connections/${connection?.id}`);
    const frame = await eventually(() => program.others[0]);
    const { json } = await call(room.sandbox, speakTo, { text: "x" });
    const states = (await connectionsOf(room)).map(({ state }) => state);
    const closed = program.closed();
    room.clock.advance(9999);
    const stateBefore = program.socket.readyState;
    room.clock.advance(1);

    const code = await closed;

    expect(status).toBe(204);
    expect(frame).toMatchObject({ type: "SYSTEM", headers: { topic: "disconnect" } });
    expect(JSON.parse(frame.data)).toEqual({ reason: "persistent connection is timeout" });
    expect(json).toMatchObject({ callback: { problem: { code: "stream-no-connection" } } });
    expect(states).toEqual(["disconnecting"]);
    expect(stateBefore).toBe(program.socket.OPEN);
    expect(code).toBe(1006);
  });

  test("with traffic ends 15 s after it was told to go", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    await disconnectAll(room);
    const frame = await eventually(() => program.others[0]);
    const closed = program.closed();
    room.clock.advance(9000);
    program.ack(frame);
    program.socket.ping();
    await once(program.socket, "pong");
    room.clock.advance(5999);
    const stateBefore = program.socket.readyState;
    room.clock.advance(1);

    await closed;

    expect(stateBefore).toBe(program.socket.OPEN);
  });

  test("that was told to go may still ack what it got before", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const speaking = call(room.sandbox, speakTo, { text: "x" });
    const frame = await program.message();
    await disconnectAll(room);
    program.ack(frame);

    const { json } = await speaking;

    expect(json).toMatchObject({ callback: { state: "answered" } });
  });

  test("that is unknown cannot be told to go", async () => {
    const { sandbox } = await createStreamRoom();

    const { status } = await call(sandbox, "DELETE /api/connections/x");

    expect(status).toBe(404);
  });

  test("that sends more than 1 MiB is ended", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);

    program.socket.send("x".repeat(1024 * 1024 + 1));

    expect(await program.closed()).toBe(1009);
  });

  test("ends with the sandbox, and so does a message that waits for its ack", async () => {
    const room = await createStreamRoom();
    const program = await connect(room);
    const speaking = call(room.sandbox, speakTo, { text: "x" }).catch(() => "ended");
    await program.message();

    await room.sandbox.close();

    expect(await program.closed()).toBe(1006);
    expect(await speaking).toBe("ended");
    expect(room.clock.waiting).toBe(0);
  });

  test("that goes away in the middle of its upgrade does no harm", async () => {
    const room = await createStreamRoom();
    await setFault(room, { type: "handshake-hang" });
    const program = new Program(await addressFor(room));
    await once(program.socket, "error", { signal: AbortSignal.timeout(100) }).catch(() => {});
    program.socket.terminate();

    const next = await connect(room);

    await speakAndAck(room, next);
    expect(next.messages).toHaveLength(1);
  });
});

async function disconnectAll(room: StreamRoom): Promise<void> {
  for (const { id } of await connectionsOf(room)) {
    await call(room.sandbox, `DELETE /api/connections/${id}`);
  }
}

const noFrame = { specVersion: "", type: "", headers: {}, data: "" };
