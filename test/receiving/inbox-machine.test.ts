import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InboxEffect } from "../../src/receiving/inbox-events.ts";
import { InboxMachine, mostHeld } from "../../src/receiving/inbox-machine.ts";
import { InboxWorld, type Step } from "./support/inbox-world.ts";

const settings = {
  redeliver: 3,
  maxInFlight: 2,
  handleTimeoutMs: 600_000,
  rememberForMs: 3_600_000,
};

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("receive" as const),
    key: fc.integer({ min: 0, max: 30 }),
    app: fc.nat(1),
    count: fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.constant(300) },
    ),
  }),
  fc.record({ do: fc.constant("readers" as const), app: fc.nat(1), isReading: fc.boolean() }),
  fc.record({ do: fc.constant("answer" as const), nth: fc.nat(5) }),
  fc.record({
    do: fc.constant("fail" as const),
    nth: fc.nat(5),
    failure: fc.constantFrom("no-reader" as const, "stream-broke" as const, "app-failed" as const),
  }),
  fc.record({
    do: fc.constant("claim" as const),
    nth: fc.nat(5),
    claim: fc.constantFrom("ours" as const, "ours" as const, "elsewhere" as const, "done" as const),
  }),
  fc.record({
    do: fc.constant("wait" as const),
    ms: fc.oneof(fc.nat(3000), fc.nat(130_000), fc.nat(4_000_000)),
  }),
);
const apps = fc.array(
  fc.record({
    redeliver: fc.nat(4),
    maxInFlight: fc.integer({ min: 1, max: 4 }),
    handleTimeoutMs: fc.constantFrom(1000, 600_000),
    rememberForMs: fc.constantFrom(3_600_000, 7_200_000),
  }),
  { minLength: 1, maxLength: 2 },
);

describe("the inbox's machine", () => {
  test("keeps its promises in any order of events", () => {
    fc.assert(
      fc.property(
        apps,
        fc.array(step, { maxLength: 80 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (components, steps, random) => {
          const world = new InboxWorld(components, () => random);

          for (const one of steps) world.take(one);
          world.drain();

          expect(world.broken).toEqual([]);
          expect(world.open).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  const create = (over: Partial<typeof settings> = {}) => {
    const machine = new InboxMachine<{ readonly settings: typeof settings }>(() => 0);
    const app = { settings: { ...settings, ...over } };
    /** Lets a message come and reach the app, which is reading. */
    const handedOver = (key: string, now: number): void => {
      machine.handle({ type: "received", key, app, isReading: true }, now);
      machine.handle({ type: "claimed", key, claim: "ours" }, now);
    };
    return { machine, app, handedOver };
  };
  const types = (effects: readonly InboxEffect<unknown>[]) => effects.map(({ type }) => type);

  test("accepts a message 2.5 s after the hand-over", () => {
    const { machine, handedOver } = create();
    handedOver("a", 0);

    expect(machine.handle({ type: "tick" }, 2499)).toEqual([]);
    expect(machine.handle({ type: "tick" }, 2500)).toEqual([
      { type: "tell", key: "a", word: "accepted" },
    ]);
  });

  test("accepts nothing that failed within 2.5 s, before it is handed over again", () => {
    const { machine, handedOver } = create();
    handedOver("a", 0);

    machine.handle({ type: "failed", key: "a", attempt: 1, failure: "app-failed" }, 2000);
    expect(machine.handle({ type: "tick" }, 2999)).toEqual([]);
    expect(types(machine.handle({ type: "tick" }, 3000))).toEqual(["hand-over"]);
    expect(machine.nextAt).toBe(5500);
  });

  test("waits 1 s, 5 s, 30 s and then 60 s before further attempts, and then gives up", () => {
    const { machine, handedOver } = create({ redeliver: 5 });
    handedOver("a", 0);
    const waits: number[] = [];
    let now = 0;

    for (let attempt = 1; attempt <= 5; attempt += 1) {
      machine.handle({ type: "failed", key: "a", attempt, failure: "app-failed" }, now);
      const next = machine.nextAt ?? expect.fail("no attempt is planned");
      waits.push(next - now);
      now = next;
      machine.handle({ type: "tick" }, now);
    }
    const last = machine.handle(
      { type: "failed", key: "a", attempt: 6, failure: "app-failed" },
      now,
    );

    expect(waits).toEqual([1000, 5000, 30_000, 60_000, 60_000]);
    expect(last).toEqual([
      { type: "tell", key: "a", word: "accepted" },
      { type: "settle", key: "a", rememberForMs: 3_600_000 },
      { type: "end", key: "a", end: { outcome: "lost", failure: "app-failed" } },
    ]);
  });

  test("hands a message over at once when a stream breaks, as a further attempt", () => {
    const { machine, handedOver } = create();
    handedOver("a", 0);

    const effects = machine.handle(
      { type: "failed", key: "a", attempt: 1, failure: "stream-broke" },
      10,
    );

    expect(effects).toEqual([expect.objectContaining({ type: "hand-over", attempt: 2 })]);
  });

  test("gives the place of a message without an answer away, and never hands it over again", () => {
    const { machine, app, handedOver } = create({ maxInFlight: 1 });
    handedOver("a", 0);
    machine.handle({ type: "received", key: "b", app, isReading: true }, 1);

    const effects = machine.handle({ type: "tick" }, 600_000);
    const late = machine.handle({ type: "answered", key: "a", attempt: 1 }, 700_000);
    const copy = machine.handle({ type: "received", key: "a", app, isReading: true }, 700_001);

    expect(effects).toContainEqual({ type: "end", key: "a", end: { outcome: "unanswered" } });
    expect(effects).toContainEqual({ type: "claim", key: "b" });
    expect(late).toEqual([]);
    expect(types(copy)).toEqual(["duplicate"]);
  });

  test(`holds ${mostHeld} messages for want of a reader, for 2 minutes each, and no more`, () => {
    const { machine, app } = create();
    const receive = (key: string, now: number) =>
      types(machine.handle({ type: "received", key, app, isReading: false }, now));

    const words = Array.from({ length: 1000 }, (_, n) => receive(`${n}`, 0)).flat();
    const atTheEnd = machine.handle({ type: "tick" }, 120_000);

    expect(words.filter((word) => word === "taken")).toHaveLength(mostHeld);
    expect(words.filter((word) => word === "refused")).toHaveLength(1000 - mostHeld);
    expect(atTheEnd.filter(({ type }) => type === "end")).toHaveLength(mostHeld);
    expect(machine.held).toBe(0);
    expect(receive("0", 120_001)).toEqual(["taken"]);
  });

  test("refuses messages while those of an app that fails at once are held, places or not", () => {
    const { machine, app } = create({ maxInFlight: 64 });
    const words = Array.from({ length: 3000 }, (_, n) => {
      const key = `${n}`;
      const [word] = types(machine.handle({ type: "received", key, app, isReading: true }, 0));
      machine.handle({ type: "claimed", key, claim: "ours" }, 0);
      machine.handle({ type: "failed", key, attempt: 1, failure: "app-failed" }, 0);
      return word;
    });

    expect(machine.held).toBe(mostHeld);
    expect(words.lastIndexOf("taken")).toBe(mostHeld - 1);
    expect(words.indexOf("refused")).toBe(mostHeld);
  });

  /** How often each event looks at a message's settings while so many messages are with apps. */
  const looksWith = (count: number): Record<string, number> => {
    let looks = 0;
    const app = {
      get settings() {
        looks += 1;
        return { ...settings, maxInFlight: 5000 };
      },
    };
    const machine = new InboxMachine<typeof app>(() => 0);
    const looksOf = (event: Parameters<typeof machine.handle>[0], now: number): number => {
      looks = 0;
      machine.handle(event, now);
      return looks;
    };
    const take = (key: string, now: number) => ({
      received: looksOf({ type: "received", key, app, isReading: true }, now),
      claimed: looksOf({ type: "claimed", key, claim: "ours" }, now),
    });
    for (let n = 0; n < count; n += 1) take(`${n}`, 0);
    looksOf({ type: "tick" }, 2500);
    const failure = "app-failed" as const;
    return {
      ...take("new", 3000),
      tick: looksOf({ type: "tick" }, 3001),
      readers: looksOf({ type: "readers", app, isReading: true }, 3002),
      failed: looksOf({ type: "failed", key: "new", attempt: 1, failure }, 3003),
      again: looksOf({ type: "tick" }, 4003),
      answered: looksOf({ type: "answered", key: "new", attempt: 2 }, 4004),
    };
  };

  test("looks at no more messages for an event when there are more of them", () => {
    const looks = looksWith(250);

    expect(looks).toMatchObject({ tick: 0, received: expect.any(Number) });
    expect(looks.received).toBeGreaterThan(0);
    expect(looksWith(3000)).toEqual(looks);
  });

  test("drops the messages of an app that it fails at, and goes on with the others", () => {
    const { machine, app } = create();
    let isBroken = false;
    const broken = {
      get settings() {
        if (isBroken) throw new Error("planted");
        return settings;
      },
    };
    for (const key of ["1", "2", "3"]) {
      machine.handle({ type: "received", key, app: broken, isReading: true }, 0);
      machine.handle({ type: "claimed", key, claim: "ours" }, 0);
    }
    isBroken = true;

    const failed = machine.handle(
      { type: "failed", key: "1", attempt: 1, failure: "app-failed" },
      1,
    );
    machine.handle({ type: "received", key: "a", app, isReading: true }, 2500);
    const claimed = machine.handle({ type: "claimed", key: "a", claim: "ours" }, 2500);

    expect(types(failed)).toEqual(expect.arrayContaining(["fault", "tell", "end"]));
    expect(claimed).toContainEqual(expect.objectContaining({ type: "hand-over", key: "a" }));
    expect([machine.held, machine.inFlight]).toEqual([0, 1]);
  });

  test("remembers 10,000 ends and tells when it forgets one before its time", () => {
    const { machine, app, handedOver } = create();
    const finish = (n: number): string[] => {
      handedOver(`${n}`, n);
      return types(machine.handle({ type: "answered", key: `${n}`, attempt: 1 }, n));
    };

    const first = Array.from({ length: 10_000 }, (_, n) => finish(n)).flat();
    const next = finish(10_000);
    const afterAnHour = types(
      machine.handle({ type: "received", key: "5000", app, isReading: true }, 3_605_001),
    );

    expect(first).not.toContain("forgot");
    expect(next).toContain("forgot");
    expect(afterAnHour).toContain("taken");
  });

  test("releases the claim of a message that no reader takes, and asks the reader again", () => {
    const { machine, handedOver } = create();
    handedOver("a", 0);

    const effects = machine.handle(
      { type: "failed", key: "a", attempt: 1, failure: "no-reader" },
      0,
    );
    const again = machine.handle({ type: "tick" }, 1000);
    const claimed = machine.handle({ type: "claimed", key: "a", claim: "ours" }, 1000);

    expect(types(effects)).toEqual(["release"]);
    expect(types(again)).toEqual(["claim"]);
    expect(claimed).toEqual([expect.objectContaining({ type: "hand-over", attempt: 1 })]);
  });

  test("takes nothing new once it stops, and lets what is with the app finish", () => {
    const { machine, app, handedOver } = create({ maxInFlight: 1 });
    handedOver("with the app", 0);
    machine.handle({ type: "received", key: "held", app, isReading: true }, 0);

    const stopped = machine.handle({ type: "stop" }, 10);
    const late = machine.handle({ type: "received", key: "new", app, isReading: true }, 20);
    const answered = machine.handle({ type: "answered", key: "with the app", attempt: 1 }, 30);

    expect(stopped).toEqual([
      { type: "tell", key: "held", word: "refused" },
      { type: "end", key: "held", end: { outcome: "stopped" } },
    ]);
    expect(types(late)).toEqual(["refused"]);
    expect(types(answered)).toEqual(["tell", "settle", "end"]);
  });

  test("leaves a message without word that is with the app when the grace is over", () => {
    const { machine, handedOver } = create();
    handedOver("a", 0);
    machine.handle({ type: "stop" }, 10);

    const effects = machine.handle({ type: "grace-over" }, 2000);

    expect(effects).toEqual([
      { type: "tell", key: "a", word: "refused" },
      { type: "end", key: "a", end: { outcome: "stopped" } },
    ]);
  });
});
