import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { Message } from "../../src/delivery/channel.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createJob, createOptions } from "./support/jobs.ts";
import { ListChannel, odd } from "./support/list-channel.ts";

const windowMs = 60_000;

function createDelivery() {
  const clock = new FakeClock();
  const delivery = new Delivery<Message>({ clock, log: pino({ level: "silent" }) });
  return { clock, delivery };
}

const say = (json: string, changes: Parameters<typeof createJob>[0] = {}) =>
  createJob({ json, parts: [{ json }], ...changes });

describe("a closed pool", () => {
  test("closes its channels and is forgotten once its slots are free", async () => {
    const { clock, delivery } = createDelivery();
    const channel = new ListChannel("one");
    const pool = delivery.open("a", { channels: [channel] });
    await pool.deliver(say("Hi"));

    pool.close();
    const held = delivery.size;
    clock.advance(windowMs);

    expect(channel.isClosed).toBe(true);
    expect(held).toBe(1);
    expect(delivery.size).toBe(0);
  });

  test("ends the jobs that have begun before its channels are closed", async () => {
    const { delivery } = createDelivery();
    const channel = new ListChannel("one");
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    channel.answer = () => answered;
    const pool = delivery.open("a", { channels: [channel] });
    const running = pool.deliver(say("Hi"));
    await eventually(() => channel.posts[0]);

    pool.close();
    const isClosedDuring = channel.isClosed;
    answer();
    await running;

    expect(isClosedDuring).toBe(false);
    expect(channel.isClosed).toBe(true);
  });

  test("leaves its budget to the pool that comes after it", async () => {
    const { delivery } = createDelivery();
    const options = createOptions({ messagesPerMinute: 1, overflow: "reject" });
    const former = delivery.open("a", { channels: [new ListChannel("one")] });
    await former.deliver(say("one", { options }));
    former.close();

    const later = delivery.open("a", { channels: [new ListChannel("one")] });

    await expect(later.deliver(say("two", { options }))).rejects.toMatchObject({
      reason: "over-budget",
    });
  });

  test("lets no number of reloads with new targets grow what is remembered", async () => {
    const { clock, delivery } = createDelivery();

    for (let reload = 0; reload < 100; reload += 1) {
      const pool = delivery.open("a", { channels: [new ListChannel(`target ${reload}`)] });
      await pool.deliver(say("Hi"));
      pool.close();
      clock.advance(windowMs / 10);
    }

    expect(delivery.size).toBeLessThanOrEqual(10);
  });
});

describe("a pool whose targets are all used up", () => {
  test("tells when the first of them has a slot", async () => {
    const { clock, delivery } = createDelivery();
    const channels = ["one", "two"].map((target) => new ListChannel(target));
    const pool = delivery.open("a", { channels });
    const options = createOptions({ messagesPerMinute: 1, overflow: "reject" });
    await pool.deliver(say("first", { options }));
    clock.advance(20_000);
    await pool.deliver(say("second", { options }));

    const third = pool.deliver(say("third", { options }));

    await expect(third).rejects.toMatchObject({ reason: "over-budget", retryAfterMs: 40_000 });
  });

  test("lets calls wait at the one where the fewest wait", async () => {
    const { clock, delivery } = createDelivery();
    const channels = ["one", "two"].map((target) => new ListChannel(target));
    const pool = delivery.open("a", { channels });
    const options = createOptions({ messagesPerMinute: 1 });
    const calls = [1, 2, 3, 4].map((n) => pool.deliver(say(`message ${n}`, { options })));
    await eventually(() => channels.every(({ posts }) => posts.length === 1) || undefined);

    clock.advance(windowMs);
    await Promise.all(calls);

    expect(channels.map(({ posts }) => posts.length)).toEqual([2, 2]);
  });
});

describe("a digest", () => {
  test("goes by the channel of its own messages", async () => {
    const { clock, delivery } = createDelivery();
    const options = createOptions({ messagesPerMinute: 1, overflow: "digest" });
    const [own, other] = [new ListChannel("one"), new ListChannel("one")];
    const pool = delivery.open("a", { channels: [own] });
    const otherPool = delivery.open("b", { channels: [other] });
    await pool.deliver(say("first", { options }));
    const waiting = pool.deliver(say("second", { options }));
    const caller = new AbortController();
    const gone = otherPool.deliver(say("third", { options, signal: caller.signal }));
    await eventually(() => clock.waiting >= 3 || undefined);

    caller.abort();
    await expect(gone).rejects.toMatchObject({ reason: "cancelled" });
    clock.advance(windowMs);
    await waiting;

    expect(own.posts.map(({ json }) => json)).toEqual(["first", "second"]);
    expect(other.posts).toEqual([]);
  });
});

describe("a digest of messages from before and after a new configuration", () => {
  test("goes by the channel of the new configuration", async () => {
    const { clock, delivery } = createDelivery();
    const options = createOptions({ messagesPerMinute: 1, overflow: "digest" });
    const [old, renewed] = [new ListChannel("one"), new ListChannel("one")];
    const oldPool = delivery.open("a", { channels: [old] });
    await oldPool.deliver(say("first", { options }));
    const before = oldPool.deliver(say("second", { options }));
    const newPool = delivery.open("a", { channels: [renewed] });
    oldPool.close();
    const after = newPool.deliver(say("third", { options }));
    await eventually(() => clock.waiting >= 3 || undefined);

    clock.advance(windowMs);
    await Promise.all([before, after]);

    expect(old.posts.map(({ json }) => json)).toEqual(["first"]);
    expect(renewed.posts).toHaveLength(1);
  });
});

describe("a message that cannot be written into a digest", () => {
  const digesting = { options: createOptions({ messagesPerMinute: 1, overflow: "digest" }) };

  test("fails alone, and the digest of the others uses the slot", async () => {
    const { clock, delivery } = createDelivery();
    const channel = new ListChannel("one");
    const pool = delivery.open("a", { channels: [channel] });
    await pool.deliver(say("at once", digesting));
    const outcomes = Promise.allSettled(
      ["two", odd, "three"].map((json) => pool.deliver(say(json, digesting))),
    );
    await eventually(() => clock.waiting >= 4 || undefined);

    clock.advance(windowMs);

    expect(await outcomes).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { message: "odd" } },
      { status: "fulfilled" },
    ]);
    expect(channel.posts.map(({ json }) => json)).toEqual(["at once", "two+three"]);
  });

  test("gives its slot back", async () => {
    const { clock, delivery } = createDelivery();
    const channel = new ListChannel("one");
    const pool = delivery.open("a", { channels: [channel] });
    await pool.deliver(say("at once", digesting));
    const failed = expect(pool.deliver(say(odd, digesting))).rejects.toThrow("odd");
    await eventually(() => clock.waiting >= 2 || undefined);

    clock.advance(windowMs);
    await failed;

    await eventually(() => pool.status(1).budgetLeft === 1 || undefined);
  });
});
