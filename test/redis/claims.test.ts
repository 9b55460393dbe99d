import { describe, expect, test } from "vitest";
import { Inbox } from "../../src/receiving/inbox.ts";
import { HandOverError } from "../../src/receiving/receiving-app.ts";
import { Sessions } from "../../src/receiving/sessions.ts";
import { noReceiveTelemetry } from "../../src/telemetry/receive-telemetry.ts";
import { messageOf, openSession, secrets } from "../receiving/support/messages.ts";
import { TestApp } from "../receiving/support/test-app.ts";
import { keepLog } from "../support/component.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  type Connected,
  connectTo,
  everything,
  type RedisServer,
  startNode,
  startRedis,
} from "./support/redis-server.ts";

const message = messageOf();

/** One replica: an inbox, its app and its connection to Redis. */
function replica({ redis }: Connected, clock: FakeClock) {
  const unclaimed: string[] = [];
  const telemetry = {
    ...noReceiveTelemetry,
    unclaimed: (instance: string) => void unclaimed.push(instance),
  };
  const { log } = keepLog();
  const inbox = new Inbox({ clock, random: () => 0, log, telemetry });
  const app = new TestApp(redis);
  return { inbox, app, unclaimed, receive: () => inbox.receive(app, message) };
}

const replicas = async () => await replicasAt(await startRedis());

async function replicasAt<Server extends RedisServer>(server: Server) {
  const clock = new FakeClock();
  const [a, b] = [connectTo(server, {}, clock), connectTo(server, {}, clock)];
  return { server, clock, a, first: replica(a, clock), second: replica(b, clock) };
}

const handOvers = ({ app }: { readonly app: TestApp }, count: number) =>
  eventually(() => app.handOvers.length === count || undefined);

describe("two replicas", () => {
  test("hand a message over once, when each gets a copy at the same time", async () => {
    const { first, second } = await replicas();

    const [one, other] = [first.receive(), second.receive()];
    const states = await eventually(() => {
      const seen = [one.state(), other.state()].sort();
      return seen.includes("held") ? undefined : seen;
    });

    expect(states).toEqual(["elsewhere", "with-app"]);
    expect(first.app.handOvers.length + second.app.handOvers.length).toBe(1);
  });

  test("do not acknowledge a copy while the other one has it, and do when the other is done", async () => {
    const { first, second } = await replicas();
    const receipt = first.receive();
    await handOvers(first, 1);

    const during = await second.receive().accepted;
    first.app.last.answer("hello");
    await receipt.accepted;
    const after = await eventually(async () => {
      const copy = second.receive();
      return (await copy.accepted) ? copy : undefined;
    });

    expect(during).toBe(false);
    expect(after.state()).toBe("done");
    expect(second.app.handOvers).toEqual([]);
  });

  test("keep a claim for as long as the app works, and between attempts", async () => {
    const { clock, first, second } = await replicas();
    first.receive();
    await handOvers(first, 1);
    first.app.last.fail(new HandOverError("app-failed", "app-failed"));

    for (let minute = 0; minute < 6; minute += 1) {
      clock.advance(10_000);
      expect(await second.receive().accepted).toBe(false);
    }

    expect(second.app.handOvers).toEqual([]);
  });

  test("take over from a replica that died, when its lease is over", async () => {
    const { clock, a, first, second } = await replicas();
    first.receive();
    await handOvers(first, 1);
    await a.redis.close();

    clock.advance(29_999);
    expect(await second.receive().accepted).toBe(false);
    clock.advance(1);
    second.receive();

    await handOvers(second, 1);
  });

  test("give a message to the other one, when nobody reads here", async () => {
    const { first, second } = await replicas();
    first.receive();
    await handOvers(first, 1);
    first.app.isReading = false;
    first.app.last.fail(new HandOverError("no-reader", "no-reader"));

    await eventually(() => {
      second.receive();
      return second.app.handOvers.length === 1 || undefined;
    });

    expect(second.app.last.attempt).toBe(1);
  });

  test("remember an end for an hour", async () => {
    const { clock, first, second } = await replicas();
    const receipt = first.receive();
    await handOvers(first, 1);
    first.app.last.answer();
    await receipt.accepted;
    await eventually(async () => (await second.receive().accepted) || undefined);
    const third = replica(await connected(second), clock);

    clock.advance(3_599_999);
    expect(await third.receive().accepted).toBe(true);
    const fourth = replica(await connected(second), clock);
    clock.advance(1);
    fourth.receive();

    await handOvers(fourth, 1);
    expect(third.app.handOvers).toEqual([]);
  });

  const connected = async ({ app: { redis } }: { readonly app: TestApp }): Promise<Connected> => ({
    redis: redis ?? expect.fail("no Redis"),
    logged: [],
    texts: () => [],
  });
});

describe("a replica whose Redis is away", () => {
  test("goes on alone and counts it, and claims again when Redis is back", async () => {
    const { server, clock, first, second } = await replicasAt(await startNode());
    first.receive();
    await handOvers(first, 1);
    await server.stop();

    second.receive();
    await handOvers(second, 1);
    const whileAway = second.receive().state();
    await server.start();
    const shared = { ...messageOf({ msgId: "msg2==" }) };
    const claimed = await eventually(async () => {
      first.inbox.receive(first.app, shared);
      clock.advance(10_000);
      const keys = await everything(server);
      return keys.text.includes("leaseUntil") || undefined;
    });

    expect(second.unclaimed).toEqual(["support-bot"]);
    expect(whileAway).toBe("with-app");
    expect(claimed).toBe(true);
  });
});

describe("what Redis holds of received messages", () => {
  test("has hashes for keys and ends by itself", async () => {
    const { server, first } = await replicas();
    first.receive();
    await handOvers(first, 1);

    const { text, endless } = await everything(server);

    expect(text).toMatch(/dingtalk:\{[0-9a-f]{64}\}:received/);
    for (const secret of [...Object.values(secrets), message.key, "msg1"]) {
      expect(text).not.toContain(secret);
    }
    expect(endless).toEqual([]);
  });
});

describe("the sessions at Redis", () => {
  test("are found by any replica until they expire, and their keys are hashes", async () => {
    const server = await startRedis();
    const clock = new FakeClock();
    const [here, there] = [connectTo(server), connectTo(server)];
    const owner = { instance: "a", robot: "dingabc", redis: here.redis };
    const beside = { ...owner, redis: there.redis };
    new Sessions(clock).put(owner, message);

    const seen = await eventually(() => new Sessions(clock).find(beside, "msg1=="));
    const found = openSession(seen);
    const others = [
      await new Sessions(clock).find({ ...beside, robot: "x" }, "msg1=="),
      await new Sessions(clock).find({ ...beside, instance: "b" }, "msg1=="),
    ];
    const { text, endless } = await everything(server);

    expect(found.address.reveal()).toBe(secrets.session);
    expect(openSession(found).expiresAt).toBe(message.session?.expiresAt);
    expect(others).toEqual([undefined, undefined]);
    expect(text).toMatch(/dingtalk:\{[0-9a-f]{64}\}:session/);
    expect(text).not.toContain("msg1");
    expect(endless).toEqual([]);
  });

  test("with an end that is far away are found, and Redis goes on to serve", async () => {
    const server = await startRedis();
    const clock = new FakeClock();
    const [here, there] = [connectTo(server), connectTo(server)];
    const owner = { instance: "a", robot: "dingabc", redis: here.redis };
    const endless = messageOf({ sessionWebhookExpiredTime: 1e18 });
    new Sessions(clock).put(owner, endless);

    const found = await eventually(() =>
      new Sessions(clock).find({ ...owner, redis: there.redis }, "msg1=="),
    );

    expect(openSession(found).expiresAt).toBe(clock.now() + 86_400_000);
    expect([here.redis.isAway, here.logged]).toEqual([false, []]);
  });

  test("are missed without an error while Redis is away", async () => {
    const server = await startNode();
    const { redis } = connectTo(server);
    await server.stop();

    const owner = { instance: "a", robot: "dingabc", redis };
    const found = new Sessions(new FakeClock()).find(owner, "msg1==");

    expect(await found).toBeUndefined();
  });
});
