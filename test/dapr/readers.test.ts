import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startComponent, untilReading, warningsOf } from "../support/component.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";

const properties = { id: "a", url: "http://127.0.0.1:1/robot/send" };

async function initialized() {
  const component = await startComponent();
  const daprd = new DaprdClient(component.socket);
  await daprd.init(properties);
  return { component, daprd };
}

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
