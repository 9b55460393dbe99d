import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LoopEffect, LoopEvent, LoopState } from "../../../src/dingtalk/stream/loop-types.ts";
import {
  drainMs,
  initialLoop,
  maxDelayMs,
  maxSwiftReplacements,
  stableMs,
  stepLoop,
} from "../../../src/dingtalk/stream/reconnect-loop.ts";

const minuteMs = 60_000;

/** A loop at a moment, with the random number 0.5. */
class Loop {
  state: LoopState = initialLoop;
  elapsedMs = 0;
  random = 0.5;

  step(event: LoopEvent): readonly LoopEffect[] {
    const { state, effects } = stepLoop(this.state, event, this);
    this.state = state;
    return effects;
  }

  /** Starts a loop and lets its first attempt succeed. */
  static opened(): Loop {
    const loop = new Loop();
    loop.step({ type: "start" });
    loop.step({ type: "opened", id: 1 });
    return loop;
  }
}

const waits = (effects: readonly LoopEffect[]): number[] =>
  effects.flatMap((effect) => (effect.type === "set-retry" ? [effect.ms] : []));

describe("a stream that starts", () => {
  test("makes one attempt, however often it is started", () => {
    const loop = new Loop();

    expect(loop.step({ type: "start" })).toEqual([{ type: "attempt", id: 1 }]);
    expect(loop.step({ type: "start" })).toEqual([]);
  });

  test("doubles the longest delay up to 60 s", () => {
    const loop = new Loop();
    loop.step({ type: "start" });

    const delays = Array.from({ length: 9 }, (_, index) => {
      const effects = loop.step({ type: "failed", id: index + 1, reason: "open-failed" });
      loop.step({ type: "retry" });
      return waits(effects);
    });

    expect(delays.flat()).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  });

  test("waits 1, 2, 4, 8, 10, 10 minutes while its credentials are refused", () => {
    const loop = new Loop();
    loop.step({ type: "start" });

    const delays = Array.from({ length: 6 }, (_, index) => {
      const effects = loop.step({ type: "failed", id: index + 1, reason: "credentials" });
      loop.step({ type: "retry" });
      return waits(effects);
    });

    expect(delays.flat()).toEqual([1, 2, 4, 8, 10, 10].map((minutes) => minutes * minuteMs));
  });

  test("tries at once when settings come while it waits", () => {
    const loop = new Loop();
    loop.step({ type: "start" });
    loop.step({ type: "failed", id: 1, reason: "credentials" });

    expect(loop.step({ type: "renewed", isChanged: false })).toEqual([
      { type: "clear-retry" },
      { type: "attempt", id: 2 },
    ]);
  });

  test("gives an attempt with an old secret up", () => {
    const loop = new Loop();
    loop.step({ type: "start" });

    expect(loop.step({ type: "renewed", isChanged: true })).toEqual([
      { type: "abandon", id: 1 },
      { type: "attempt", id: 2 },
    ]);
    expect(loop.step({ type: "opened", id: 1 })).toEqual([{ type: "terminate", id: 1 }]);
    expect(loop.step({ type: "failed", id: 1, reason: "credentials" })).toEqual([]);
  });
});

describe("an open stream", () => {
  test.each(["closed", "no-pong"] as const)("comes back once after '%s'", (reason) => {
    const loop = Loop.opened();

    expect(loop.step({ type: "ended", id: 1, reason })).toEqual([
      { type: "tell", reason, ms: 500 },
      { type: "set-retry", ms: 500 },
    ]);
    expect(loop.step({ type: "ended", id: 1, reason })).toEqual([]);
    expect(loop.step({ type: "retry" })).toEqual([{ type: "attempt", id: 2 }]);
    expect(loop.step({ type: "retry" })).toEqual([]);
  });

  test.each([
    [stableMs - 1, 1000],
    [stableMs, 500],
  ])("that lived %i ms comes back after %i ms", (livedMs, delayMs) => {
    const loop = Loop.opened();
    loop.step({ type: "ended", id: 1, reason: "closed" });
    loop.step({ type: "retry" });
    loop.step({ type: "opened", id: 2 });
    loop.elapsedMs += livedMs;

    expect(waits(loop.step({ type: "ended", id: 2, reason: "closed" }))).toEqual([delayMs]);
  });

  test("is replaced at once by a new one when it is told to disconnect", () => {
    const loop = Loop.opened();

    expect(loop.step({ type: "disconnect", id: 1 })).toEqual([
      { type: "tell", reason: "disconnect", ms: 0 },
      { type: "attempt", id: 2 },
    ]);
    expect(loop.step({ type: "disconnect", id: 1 })).toEqual([]);
    expect(loop.step({ type: "opened", id: 2 })).toEqual([{ type: "drain", id: 1, ms: drainMs }]);
    expect(loop.step({ type: "drained", id: 1 })).toEqual([{ type: "terminate", id: 1 }]);
    expect(loop.step({ type: "ended", id: 1, reason: "closed" })).toEqual([]);
  });

  test("waits for the next attempt while the old one lives", () => {
    const loop = Loop.opened();
    loop.step({ type: "disconnect", id: 1 });

    expect(waits(loop.step({ type: "failed", id: 2, reason: "handshake" }))).toEqual([500]);
    expect(loop.step({ type: "ended", id: 1, reason: "closed" })).toEqual([]);
    expect(loop.step({ type: "retry" })).toEqual([{ type: "attempt", id: 3 }]);
  });

  test("ends the oldest of three", () => {
    const loop = Loop.opened();
    loop.step({ type: "disconnect", id: 1 });
    loop.step({ type: "opened", id: 2 });

    expect(loop.step({ type: "disconnect", id: 2 })).toEqual([
      { type: "terminate", id: 1 },
      { type: "tell", reason: "disconnect", ms: 0 },
      { type: "attempt", id: 3 },
    ]);
  });

  test("slows down when each new connection is told to disconnect", () => {
    const loop = Loop.opened();
    const replaced = Array.from({ length: maxSwiftReplacements }, (_, index) => {
      const effects = loop.step({ type: "disconnect", id: index + 1 });
      loop.step({ type: "opened", id: index + 2 });
      return effects;
    });

    const next = loop.step({ type: "disconnect", id: maxSwiftReplacements + 1 });

    expect(waits(replaced.flat())).toEqual([]);
    expect(waits(next)).toEqual([500]);
  });

  test("is replaced for another secret, and lives on until the new one is open", () => {
    const loop = Loop.opened();

    expect(loop.step({ type: "renewed", isChanged: false })).toEqual([]);
    expect(loop.step({ type: "renewed", isChanged: true })).toEqual([{ type: "attempt", id: 2 }]);
    expect(loop.step({ type: "opened", id: 2 })).toEqual([{ type: "drain", id: 1, ms: drainMs }]);
  });

  test("makes no attempt after its stop", () => {
    const loop = Loop.opened();

    expect(loop.step({ type: "stop" })).toEqual([]);
    expect(loop.step({ type: "ended", id: 1, reason: "closed" })).toEqual([]);
    expect(loop.step({ type: "renewed", isChanged: true })).toEqual([]);
    expect(loop.state).toMatchObject({ current: undefined, phase: "stopped" });
  });
});

/** Sockets and timers as the effects leave them. */
class World {
  readonly loop = new Loop();
  readonly open = new Set<number>();
  readonly ended = new Set<number>();
  /** The connections whose drain timers are set. */
  readonly drains = new Map<number, number>();
  attempting: number[] = [];
  retryMs: number | undefined;

  feed(event: LoopEvent): void {
    for (const effect of this.loop.step(event)) this.apply(effect);
    this.check();
  }

  private apply(effect: LoopEffect): void {
    switch (effect.type) {
      case "attempt":
        this.attempting.push(effect.id);
        break;
      case "abandon":
        expect(this.attempting).toContain(effect.id);
        this.attempting = this.attempting.filter((id) => id !== effect.id);
        break;
      case "terminate":
        expect([...this.open]).toContain(effect.id);
        this.close(effect.id);
        break;
      case "drain":
        expect([...this.open]).toContain(effect.id);
        this.drains.set(effect.id, effect.ms);
        break;
      case "set-retry":
        expect(this.retryMs).toBeUndefined();
        this.retryMs = effect.ms;
        break;
      case "clear-retry":
        expect(this.retryMs).toBeDefined();
        this.retryMs = undefined;
        break;
      case "tell":
        expect(effect.ms).toBeLessThanOrEqual(
          effect.reason === "credentials" ? 10 * minuteMs : maxDelayMs,
        );
    }
  }

  close(id: number): void {
    this.open.delete(id);
    this.ended.add(id);
    // A timer belongs to its connection.
    this.drains.delete(id);
  }

  /** What must be true after every event. */
  private check(): void {
    const { state } = this.loop;
    const pending = this.attempting.length + (this.retryMs === undefined ? 0 : 1);
    const isRunning = state.phase === "running";
    expect(pending).toBeLessThanOrEqual(1);
    expect(this.open.size + this.attempting.length).toBeLessThanOrEqual(2);
    expect(pending + (state.current === undefined ? 0 : 1)).toBe(isRunning ? 1 : this.rest());
    expect([...this.drains.keys()].every((id) => this.open.has(id))).toBe(true);
    expect(this.retryMs ?? 0).toBeGreaterThanOrEqual(0);
  }

  /** Before the start and after the stop, only a connection may be left. */
  private rest(): number {
    return this.loop.state.current === undefined ? 0 : 1;
  }
}

/** What may befall a world. `pick` chooses among its sockets, also among dead ones. */
type Blow = (world: World, pick: number) => void;

const anyOf = (ids: Iterable<number>, pick: number): number | undefined => {
  const list = [...ids];
  return list[pick % Math.max(1, list.length)];
};

const blows: Readonly<Record<string, Blow>> = {
  start: (world) => world.feed({ type: "start" }),
  attemptOpens: (world) => {
    const [id] = world.attempting;
    if (id === undefined) return;
    world.attempting = [];
    world.open.add(id);
    world.feed({ type: "opened", id });
  },
  attemptFails: (world, pick) => {
    const [id] = world.attempting;
    if (id === undefined) return;
    world.attempting = [];
    const reason = (["open-failed", "handshake", "credentials"] as const)[pick % 3] ?? "handshake";
    world.feed({ type: "failed", id, reason });
  },
  socketEnds: (world, pick) => {
    const id = anyOf(world.open, pick);
    if (id === undefined) return;
    world.close(id);
    world.feed({ type: "ended", id, reason: pick % 2 === 0 ? "closed" : "no-pong" });
  },
  socketEndsAgain: (world, pick) => {
    const id = anyOf(world.ended, pick);
    if (id !== undefined) world.feed({ type: "ended", id, reason: "closed" });
  },
  disconnectFrame: (world, pick) => {
    const id = anyOf(world.open, pick);
    if (id !== undefined) world.feed({ type: "disconnect", id });
  },
  lateDisconnectFrame: (world, pick) => {
    const id = anyOf(world.ended, pick);
    if (id !== undefined) world.feed({ type: "disconnect", id });
  },
  retryTimer: (world) => {
    if (world.retryMs === undefined) return;
    world.retryMs = undefined;
    world.feed({ type: "retry" });
  },
  drainTimer: (world, pick) => {
    const id = anyOf(world.drains.keys(), pick);
    if (id === undefined) return;
    world.drains.delete(id);
    world.feed({ type: "drained", id });
    expect(world.open.has(id)).toBe(false);
  },
  renewed: (world, pick) => world.feed({ type: "renewed", isChanged: pick % 2 === 0 }),
  timePasses: (world, pick) => {
    world.loop.elapsedMs += pick * 100;
    world.loop.random = (pick % 1000) / 1000;
  },
  stop: (world, pick) => {
    // A world that stops early shows little.
    if (pick % 50 === 0) world.feed({ type: "stop" });
  },
};

test("any sequence of events keeps one connection, attempt or timer, and two sockets at most", () => {
  // Without the preference, most sequences would never have a second socket.
  const preferred = ["attemptOpens", "attemptOpens", "retryTimer", "disconnectFrame"];
  const names = fc.constantFrom(...Object.keys(blows), ...preferred);
  const anyBlow = fc.tuple(names, fc.nat(1000));
  let opened = 0;
  fc.assert(
    fc.property(fc.array(anyBlow, { minLength: 20, maxLength: 80, size: "max" }), (sequence) => {
      const world = new World();
      world.feed({ type: "start" });
      for (const [name, pick] of sequence) blows[name]?.(world, pick);
      opened += world.ended.size + world.open.size;
    }),
    { numRuns: 1000 },
  );
  expect(opened).toBeGreaterThan(2000);
});
