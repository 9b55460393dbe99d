import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Slot } from "../../src/delivery/ledger.ts";
import { SharedLedger } from "../../src/delivery/redis/shared-ledger.ts";
import { createRobot, robotName } from "../../src/dingtalk/robot.ts";
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

const limit = { windowMs: 60_000, underWayMs: 30_000 };
const token = "a-token-that-nobody-may-see";
const nameOf = (token: string): string => {
  const url = new URL(`https://robot/send?access_token=${token}`);
  return robotName(createRobot(url, undefined));
};
const away = "Redis is away, this replica keeps the limits alone";
const back = "Redis is back, the limits are shared again";

function ledgerOf({ redis }: Connected, clock: FakeClock, of = token): SharedLedger {
  return new SharedLedger({ redis, target: nameOf(of), limit, clock });
}

const answerMs = 20_000;
const request = (count: number, limit: number) => ({ count, limit, answerMs });

/** The slot of the next message; fails if there is none. */
async function takeSlot(ledger: SharedLedger): Promise<Slot> {
  const taken = await ledger.take(request(1, 1));
  const [slot] = taken.kind === "granted" ? taken.slots : [];
  return slot ?? expect.fail(`the ledger is ${taken.kind}`);
}

/** Two replicas that share a Redis and a clock. */
const replicas = async () => await replicasAt(await startRedis());

async function replicasAt<Server extends RedisServer>(server: Server) {
  const clock = new FakeClock();
  const [a, b] = [connectTo(server, {}, clock), connectTo(server, {}, clock)];
  return { server, clock, a, b, first: ledgerOf(a, clock), second: ledgerOf(b, clock) };
}

/** Sends a message if there is a slot. Returns how the ledger answered. */
async function use(ledger: SharedLedger, limit: number): Promise<string> {
  const taken = await ledger.take(request(1, limit));
  const slots = taken.kind === "granted" ? taken.slots : [];
  for (const slot of slots) slot.used();
  return taken.kind;
}

/** Lets the replicas use the ledgers in turn. Returns the moments at which they sent. */
async function sendInTurn(
  ledgers: readonly [SharedLedger, SharedLedger],
  clock: FakeClock,
  steps: readonly { which: 0 | 1; waitMs: number }[],
): Promise<number[]> {
  const sentAt: number[] = [];
  for (const { which, waitMs } of steps) {
    clock.advance(waitMs);
    if ((await use(ledgers[which], 4)) === "granted") sentAt.push(clock.now());
  }
  return sentAt;
}

describe("two replicas", () => {
  test("never send more than the limit in any window, in whatever order", async () => {
    const { clock, a, b } = await replicas();
    const step = fc.record({
      which: fc.constantFrom(0 as const, 1 as const),
      waitMs: fc.integer({ min: 0, max: 15_000 }),
    });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const robot = `robot-${++runs}`;
        const both = [ledgerOf(a, clock, robot), ledgerOf(b, clock, robot)] as const;

        const sentAt = await sendInTurn(both, clock, steps);

        for (const from of sentAt) {
          const inWindow = sentAt.filter((at) => at >= from && at < from + 60_000);
          expect(inWindow.length).toBeLessThanOrEqual(4);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("see each other's penalty, and only one of them probes", async () => {
    const { clock, first, second } = await replicas();
    await use(first, 20);
    await first.report("throttled");

    const meanwhile = await second.take(request(1, 20));
    clock.advance(60_000);
    const probe = await second.take(request(1, 20));
    const other = await first.take(request(1, 20));
    await second.report("open");

    expect(meanwhile).toEqual({ kind: "closed", forMs: 60_000 });
    expect(probe.kind).toBe("granted");
    expect(other).toMatchObject({ kind: "full" });
    await expect(first.take(request(1, 20))).resolves.toMatchObject({ kind: "granted" });
  });

  test("hear of the calls that wait at the other, until it asks no more", async () => {
    const { clock, first, second } = await replicas();
    const slot = await takeSlot(first);
    slot.used();
    await first.take(request(1, 1), 5);

    const told = await second.take(request(1, 1), 3);
    const back = await first.take(request(1, 1), 4);
    clock.advance(3000);
    const forgotten = await second.take(request(1, 1), 3);

    expect(told).toMatchObject({ kind: "full", wishedElsewhere: 5 });
    expect(back).toMatchObject({ kind: "full", wishedElsewhere: 3 });
    expect(forgotten).toMatchObject({ kind: "full", wishedElsewhere: 0 });
  });

  test("get back what a killed process had taken", async () => {
    const { clock, first, second } = await replicas();
    await first.take(request(1, 1));

    const before = await second.take(request(1, 1));
    clock.advance(limit.windowMs + limit.underWayMs + answerMs);

    expect(before).toMatchObject({ kind: "full", waitsMs: [limit.windowMs + answerMs] });
    await expect(second.take(request(1, 1))).resolves.toMatchObject({ kind: "granted" });
  });

  test("keep a slot longer whose answer was lost", async () => {
    const { clock, first, second } = await replicas();
    const slot = await takeSlot(first);
    slot.lost();
    await first.take(request(0, 1));
    clock.advance(60_000);

    const early = await second.take(request(1, 1));
    clock.advance(30_000);

    expect(early).toMatchObject({ kind: "full" });
    await expect(second.take(request(1, 1))).resolves.toMatchObject({ kind: "granted" });
  });

  test("give back a slot that was not used", async () => {
    const { first, second } = await replicas();
    const slot = await takeSlot(first);
    slot.unused();
    await first.take(request(0, 1));

    await expect(second.take(request(1, 1))).resolves.toMatchObject({ kind: "granted" });
  });

  test("leave no token in Redis, and nothing that stays for ever", async () => {
    const { server, clock, first, second } = await replicas();
    await use(first, 20);
    await first.report("banned");
    clock.advance(300_000);
    await second.take(request(1, 20));

    const { text, endless } = await everything(server);

    expect(text).toContain("dingtalk:{");
    expect(text).not.toContain(token);
    expect(endless).toEqual([]);
  });
});

describe("without Redis", () => {
  test("a replica goes on alone, says so once, and shares again afterwards", async () => {
    const { server, a, b, first, second } = await replicasAt(await startNode());
    await server.stop();
    await eventually(() => (a.redis.isAway && b.redis.isAway) || undefined);

    const alone = [await use(first, 1), await use(first, 1), await use(second, 1)];
    await server.start();
    await eventually(() => (!a.redis.isAway && !b.redis.isAway) || undefined);
    const shared = [await use(first, 2), await use(second, 2), await use(second, 2)];

    expect(alone).toEqual(["granted", "full", "granted"]);
    expect(shared).toEqual(["granted", "full", "full"]);
    expect(a.texts()).toEqual([away, back]);
  });

  test("a replica starts", async () => {
    const server = await startNode();
    await server.stop();

    const connected = connectTo(server);

    await expect(use(ledgerOf(connected, new FakeClock()), 1)).resolves.toBe("granted");
    expect(connected.texts()).toEqual([away]);
  });

  test("a message does not wait long for one that hangs", async () => {
    const { server, a, first } = await replicasAt(await startNode());
    server.signal("SIGSTOP");

    const kinds = [await use(first, 1), await use(first, 1)];
    server.signal("SIGCONT");
    await eventually(() => !a.redis.isAway || undefined);

    expect(kinds).toEqual(["granted", "full"]);
    expect(a.texts()).toEqual([away, back]);
  });
});

describe("a guarded Redis", () => {
  const acl = "--user robots on >pass-word ~dingtalk:* +@all".split(" ");

  test("is used with a user, a password and a database", async () => {
    const server = await startNode(acl);
    const guarded = { username: "robots", password: "pass-word", db: 3 };
    const connected = connectTo(server, guarded);

    await use(ledgerOf(connected, new FakeClock()), 1);

    expect(connected.redis.isAway).toBe(false);
    expect(connected.logged).toEqual([]);
    await expect(everything(server, 3)).resolves.toMatchObject({
      text: expect.stringContaining(":slots"),
    });
  });

  test("that refuses the password counts as away, and the log does not show it", async () => {
    const server = await startNode(acl);

    const { redis, logged } = connectTo(server, { username: "robots", password: "secret-x" });
    await eventually(() => logged[0]);

    expect(redis.isAway).toBe(true);
    expect(logged).toMatchObject([{ reason: "WRONGPASS", msg: away }]);
    expect(JSON.stringify(logged)).not.toContain("secret-x");
  });
});
