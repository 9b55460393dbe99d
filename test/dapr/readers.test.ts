import { type ServiceError, status } from "@grpc/grpc-js";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { askHealth } from "../../src/commands/health-client.ts";
import { readHealth } from "../../src/dapr/component-server.ts";
import { Unsent } from "../../src/dapr/reader.ts";
import { Readers } from "../../src/dapr/readers.ts";
import { startComponent, untilReading, warningsOf } from "../support/component.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually, passTimeUntil } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";

const properties = { id: "a", url: "http://127.0.0.1:1/robot/send" };

async function initialized() {
  const component = await startComponent();
  const daprd = new DaprdClient(component.socket);
  await daprd.init(properties);
  return { component, daprd };
}

const manyEntries = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));

describe("Read", () => {
  test("gives each event an id of its own", async () => {
    const { component, daprd } = await initialized();
    const events = answerEvents(daprd.read(), () => ({}));
    await untilReading(component);

    await Promise.all([
      daprd.invoke("get", "1"),
      daprd.invoke("get", "2"),
      daprd.invoke("get", "3"),
    ]);

    expect(new Set(events.map(({ message_id }) => message_id))).toHaveProperty("size", 3);
  });

  test("hands each event to exactly one of several streams, in turn", async () => {
    const { component, daprd } = await initialized();
    const first = answerEvents(daprd.read(), () => ({}));
    await untilReading(component);
    const second = answerEvents(new DaprdClient(component.socket).read(), () => ({}));
    await untilReading(component, 2);

    for (let count = 0; count < 10; count += 1) await daprd.invoke("get", `${count}`);

    expect(first).toHaveLength(5);
    expect(second).toHaveLength(5);
  });

  test("hands an event to another stream when one breaks before its answer", async () => {
    const { component, daprd } = await initialized();
    const breaking = new DaprdClient(component.socket).read();
    const seen = answerEvents(breaking, () => {
      breaking.cancel();
      return undefined;
    });
    await untilReading(component);
    answerEvents(daprd.read(), () => ({ response_data: Buffer.from("second") }));
    await untilReading(component, 2);

    const answer = await daprd.invoke("get", "x");

    expect(seen).toHaveLength(1);
    expect(answer.data.toString()).toBe("second");
  });

  test("hands an event to another stream when daprd answers that it is closing this one", async () => {
    const { component, daprd } = await initialized();
    const closing = { response_error: { message: "input binding is closed" } };
    answerEvents(new DaprdClient(component.socket).read(), () => closing);
    await untilReading(component);
    answerEvents(daprd.read(), () => ({ response_data: Buffer.from("second") }));
    await untilReading(component, 2);

    const answer = await daprd.invoke("get", "x");

    expect(answer.data.toString()).toBe("second");
  });

  test("fails the call when the only stream breaks", async () => {
    const { component, daprd } = await initialized();
    const breaking = new DaprdClient(component.socket).read();
    answerEvents(breaking, () => {
      breaking.cancel();
      return undefined;
    });
    await untilReading(component);

    const call = daprd.invoke("get", "x");

    await expect(call).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/^dingtalk reason=reader-lost: /),
    });
  });

  test("passes the app's error on", async () => {
    const { component, daprd } = await initialized();
    answerEvents(daprd.read(), () => ({ response_error: { message: "status code: 500" } }));
    await untilReading(component);

    const call = daprd.invoke("get", "x");

    await expect(call).rejects.toMatchObject({
      code: status.UNKNOWN,
      details: expect.stringMatching(/^dingtalk reason=app-failed: .*status code: 500/),
    });
  });

  test("gives up after ackTimeout and logs the late answer, nothing more", async () => {
    const { component, daprd } = await initialized();
    const stream = daprd.read();
    const events = answerEvents(stream, () => undefined);
    await untilReading(component);
    const call = daprd.invoke("get", "x");
    const { message_id } = await eventually(() => events[0]);

    component.clock.advance(30_000);
    await expect(call).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: expect.stringMatching(/^dingtalk reason=ack-timeout: /),
    });
    stream.write({ message_id });
    stream.write({ message_id: "never sent" });

    await eventually(() => warningsOf(component).length === 2 || undefined);
    expect(warningsOf(component).map(({ messageId }) => messageId)).toEqual([
      message_id,
      "never sent",
    ]);
    expect(stream.closed).toBe(false);
  });

  test("refuses an event that daprd's client could not receive", async () => {
    const component = await startComponent({ maxMessageBytes: 8 * 1024 * 1024 });
    const daprd = new DaprdClient(component.socket);
    await daprd.init(properties);
    answerEvents(daprd.read(), () => ({}));
    await untilReading(component);

    const call = daprd.invoke("get", Buffer.alloc(4 * 1024 * 1024));

    await expect(call).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/^dingtalk reason=event-too-large: /),
    });
  });

  test.each([
    ["characters of three bytes", 4_050_000, { note: "报".repeat(60_000) }],
    ["many small entries", 3_600_000, manyEntries(40_000)],
  ])("refuses an event whose metadata has %s, and reads on", async (_case, bytes, metadata) => {
    const { component, daprd } = await initialized();
    answerEvents(daprd.read(), () => ({}));
    await untilReading(component);

    const call = daprd.invoke("get", Buffer.alloc(bytes), { metadata });
    await expect(call).rejects.toMatchObject({
      details: expect.stringMatching(/^dingtalk reason=event-too-large: /),
    });

    await daprd.invoke("get", "small");
  });

  test("ends an event when the caller goes away", async () => {
    const { component, daprd } = await initialized();
    const events = answerEvents(daprd.read(), () => undefined);
    await untilReading(component);
    const caller = new AbortController();
    const call = daprd.invoke("get", "x", { signal: caller.signal });
    await eventually(() => events[0]);

    caller.abort();

    await expect(call).rejects.toMatchObject({ code: status.CANCELLED });
    await eventually(() => component.clock.waiting === 0 || undefined);
  });
});

describe("the app's answer", () => {
  const answerOf = async (app: Parameters<typeof answerEvents>[1]) => {
    const { component, daprd } = await initialized();
    answerEvents(daprd.read(), app);
    await untilReading(component);
    const answer = daprd.invoke("get", "x").then(
      ({ data }) => ({ bytes: data.length, details: "" }),
      (error: ServiceError) => ({ bytes: 0, details: error.details }),
    );
    return { answer: await answer, component, daprd };
  };

  test.each([
    ["of 3 MiB is passed on", 3, /^$/, 3],
    ["of 5 MiB is refused, because daprd takes 4", 5, /^dingtalk reason=answer-too-large: /, 0],
    ["of 8 MiB too", 8, /^dingtalk reason=answer-too-large: /, 0],
    ["of 60 MiB too", 60, /^dingtalk reason=answer-too-large: /, 0],
  ])("%s, and reading goes on", async (_case, mebibytes, details, passedOn) => {
    const data = Buffer.alloc(mebibytes * 1024 * 1024);
    const { answer, daprd } = await answerOf(({ data: event }) => {
      return { response_data: event.toString() === "x" ? data : Buffer.from("small") };
    });

    expect(answer).toEqual({
      bytes: passedOn * 1024 * 1024,
      details: expect.stringMatching(details),
    });
    expect((await daprd.invoke("get", "again")).data.toString()).toBe("small");
  });

  test.each([
    [
      "HTML",
      "status code: 502 body: <html><body><h1>Bad\n gateway</h1></body>",
      /502 body: Bad gateway$/,
    ],
    ["control characters", "a\u0000b\u001b[31mc\u202ed\r\ne", /: a b \[31mc d e$/],
    ["a text of 8 MiB", "x".repeat(8 * 1024 * 1024), /: x{4095}…$/],
    ["a tag that never ends", `<${"a".repeat(100_000)}`, /: <a{4094}…$/],
    ["many open tags", "<a ".repeat(100_000), /…$/],
    ["numbers and signs", "1 < 2 and 3 > 2", /: 1 < 2 and 3 > 2$/],
  ])("as an error is one short line of text: %s, and reading goes on", async (...row) => {
    const [, message, expected] = row;
    const { answer, daprd } = await answerOf(({ data }) => {
      return data.toString() === "x" ? { response_error: { message } } : {};
    });
    await daprd.invoke("get", "again");

    expect(answer.details).toMatch(/^dingtalk reason=app-failed: the app did not accept the event/);
    expect(answer.details).toMatch(expected);
  });
});

describe("a Read stream that ends by an error of ours", () => {
  test("is logged with its cause, and health tells it until daprd reads again", async () => {
    const { component, daprd } = await initialized();
    const stream = daprd.read();
    const ended = new Promise<ServiceError>((resolve) => stream.on("error", resolve));
    stream.resume();
    await untilReading(component);
    const ask = () => askHealth(component.socket, { service: readHealth, timeoutMs: 10_000 });

    stream.write({ message_id: "1", response_data: Buffer.alloc(65 * 1024 * 1024) });
    await ended;
    const logged = await eventually(() => component.logged.find(({ level }) => level === 50));
    const before = await ask();
    component.clock.advance(30_000);
    const after = await ask();
    daprd.read();
    await untilReading(component, 2);
    component.clock.advance(30_000);
    const again = await ask();

    expect(logged).toMatchObject({
      instance: "robot",
      msg: expect.stringMatching(/^a Read stream failed/),
      reason: expect.stringMatching(/larger than max/),
    });
    expect([before.status, after.status, again.status]).toEqual([
      ...["SERVING", "NOT_SERVING", "SERVING"],
    ]);
  });

  test("is no error where daprd cancels it", async () => {
    const { component, daprd } = await initialized();
    const stream = daprd.read();
    await untilReading(component);

    stream.cancel();
    await eventually(() => component.logged.find(({ msg }) => msg === "daprd stopped reading"));
    component.clock.advance(30_000);

    const { status: reading } = await askHealth(component.socket, {
      ...{ service: readHealth, timeoutMs: 10_000 },
    });
    expect(reading).toBe("SERVING");
    expect(component.logged.filter(({ level }) => level === 50)).toEqual([]);
  });
});

describe("a hand-over", () => {
  const event = { data: Buffer.from("{}"), metadata: {} };
  const failsWith = (code: status, reason: string) =>
    expect.objectContaining({ status: code, labels: { reason } });

  /** Readers with one stream, whose events the test answers. */
  function startReaders() {
    const late = new AbortController();
    const over = new AbortController();
    const wait = { isLate: late.signal, isOver: over.signal };
    const clock = new FakeClock();
    const readers = new Readers(clock, pino({ level: "silent" }));
    const ids: string[] = [];
    const reader = readers.add(({ message_id }, onSent) => {
      ids.push(message_id ?? "");
      onSent();
    });
    const acknowledge = (data: string, error?: string): void => {
      const response_error = error === undefined ? null : { message: error };
      const message_id = ids.at(-1) ?? "";
      reader.acknowledge({ message_id, response_data: Buffer.from(data), response_error });
    };
    return { clock, readers, reader, ids, acknowledge, late, over, wait };
  }

  test("gets the answer of an app that takes two hours", async () => {
    const { clock, readers, acknowledge, late, wait } = startReaders();
    const answer = readers.handOver(event, wait);

    late.abort();
    clock.advance(7_200_000);
    acknowledge("late");

    expect((await answer).toString()).toBe("late");
    expect(clock.waiting).toBe(0);
  });

  test("ends when nobody waits any more, so that nothing is kept for ever", async () => {
    const { readers, over, wait } = startReaders();
    const answer = readers.handOver(event, wait);

    over.abort();

    await expect(answer).rejects.toEqual(failsWith(status.DEADLINE_EXCEEDED, "ack-timeout"));
  });

  test("fails when its stream breaks, and leaves the next attempt to its caller", async () => {
    const { readers, reader, ids, wait } = startReaders();
    const other = startReaders();
    readers.add(other.reader.write);
    const answer = readers.handOver(event, wait);

    readers.remove(reader);

    await expect(answer).rejects.toEqual(failsWith(status.UNAVAILABLE, "reader-lost"));
    expect([ids.length, other.ids.length]).toEqual([1, 0]);
  });

  test("goes to another stream when daprd is closing this one, and later ones do at once", async () => {
    const { readers, ids, acknowledge, wait } = startReaders();
    const second = readers.add(({ message_id }, onSent) => {
      onSent();
      second.acknowledge({
        message_id: message_id ?? "",
        response_data: Buffer.from("second"),
        response_error: null,
      });
    });
    const first = readers.handOver(event, wait);

    acknowledge("", "input binding is closed");
    const answers = [await first, await readers.handOver(event, wait)].map(String);

    expect(answers).toEqual(["second", "second"]);
    expect(ids).toHaveLength(1);
  });

  test("is no attempt when daprd is closing the only stream", async () => {
    const { readers, ids, acknowledge, wait } = startReaders();
    const refused = readers.handOver(event, wait);
    acknowledge("", "input binding is closed");

    const noReader = failsWith(status.FAILED_PRECONDITION, "no-reader");
    await expect(refused).rejects.toEqual(noReader);
    await expect(readers.handOver(event, wait)).rejects.toEqual(noReader);
    expect(ids).toHaveLength(1);
  });

  test("fails when nobody reads, and when the app fails", async () => {
    const { readers, reader, acknowledge, wait } = startReaders();

    const failing = readers.handOver(event, wait);
    acknowledge("", "status code: 500");
    await expect(failing).rejects.toEqual(failsWith(status.UNKNOWN, "app-failed"));
    readers.remove(reader);

    const unread = readers.handOver(event, wait);
    await expect(unread).rejects.toEqual(failsWith(status.FAILED_PRECONDITION, "no-reader"));
  });
});

describe("a Read stream whose reader stands still", () => {
  const event = { data: Buffer.alloc(3 * 1024 * 1024), metadata: {} };
  const options = { signal: new AbortController().signal, ackTimeoutMs: 10 };
  const busy = expect.objectContaining({
    status: status.RESOURCE_EXHAUSTED,
    labels: { reason: "reader-busy" },
  });

  /** Publishes and gives up, as the app never answers. */
  async function publish(readers: Readers, clock: FakeClock): Promise<unknown> {
    const outcome = readers.publish(event, options).catch((error: unknown) => error);
    return await passTimeUntil(clock, outcome);
  }

  test("takes 16 MiB and refuses more, until daprd takes some or the stream closes", async () => {
    const clock = new FakeClock();
    const readers = new Readers(clock, pino({ level: "silent" }));
    const sent: (() => void)[] = [];
    const reader = readers.add((_event, onSent) => sent.push(onSent));

    for (let count = 0; count < 5; count += 1) await publish(readers, clock);
    const full = await publish(readers, clock);
    sent[0]?.();
    const taken = await publish(readers, clock);
    const fullAgain = await publish(readers, clock);
    readers.remove(reader);
    readers.add((_event, onSent) => onSent());

    expect([full, fullAgain]).toEqual([busy, busy]);
    expect(taken).toMatchObject({ labels: { reason: "ack-timeout" } });
    expect(await publish(readers, clock)).toMatchObject({ labels: { reason: "ack-timeout" } });
  });

  test("leaves the events to another stream", async () => {
    const clock = new FakeClock();
    const readers = new Readers(clock, pino({ level: "silent" }));
    readers.add(() => {});
    readers.add((_event, onSent) => onSent());

    for (let count = 0; count < 20; count += 1) await publish(readers, clock);

    expect(await publish(readers, clock)).toMatchObject({ labels: { reason: "ack-timeout" } });
  });

  test("shares 64 MiB with all streams of the process", async () => {
    const clock = new FakeClock();
    const unsent = new Unsent();
    const streams = Array.from({ length: 5 }, () => {
      const readers = new Readers(clock, pino({ level: "silent" }), unsent);
      readers.add(() => {});
      return readers;
    });

    for (const readers of streams.slice(0, 4)) {
      for (let count = 0; count < 5; count += 1) await publish(readers, clock);
    }
    const last = streams[4] ?? expect.fail();
    const outcomes = [await publish(last, clock), await publish(last, clock)];

    expect(outcomes).toEqual([
      expect.objectContaining({ labels: { reason: "ack-timeout" } }),
      busy,
    ]);
  });
});

describe("acknowledgements that nobody asked for", () => {
  test("are ten lines in a minute at most, and their count", async () => {
    const { component, daprd } = await initialized();
    const stream = daprd.read();
    answerEvents(stream, () => ({}));
    await untilReading(component);

    for (let count = 0; count < 1000; count += 1) stream.write({ message_id: `${count}` });
    await daprd.invoke("get", "x");
    component.clock.advance(60_000);
    stream.write({ message_id: "late" });
    await daprd.invoke("get", "y");

    const warnings = warningsOf(component);
    expect(warnings).toHaveLength(12);
    expect(warnings[10]).toMatchObject({ count: 1000 });
  });
});
