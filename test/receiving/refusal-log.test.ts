import { describe, expect, test } from "vitest";
import { RefusalLog } from "../../src/receiving/refusal-log.ts";
import { keepLog } from "../support/component.ts";
import { FakeClock } from "../support/fake-clock.ts";

function create() {
  const clock = new FakeClock();
  const { log, logged } = keepLog();
  return { clock, logged, refusals: new RefusalLog(clock, log) };
}

describe("the log of refusals", () => {
  test("has the first at once and those of the next minute in one line", () => {
    const { clock, logged, refusals } = create();

    for (let n = 0; n < 1000; n += 1)
      refusals.add({ instance: "a", reason: "stale", aheadSeconds: n }, "refused");
    clock.advance(60_000);

    expect(logged).toMatchObject([
      { instance: "a", reason: "stale", count: 1, aheadSeconds: 0, msg: "refused" },
      { instance: "a", reason: "stale", count: 999, aheadSeconds: 999 },
    ]);
  });

  test("has lines of its own for each reason and component", () => {
    const { logged, refusals } = create();

    refusals.add({ instance: "a", reason: "stale" }, "");
    refusals.add({ instance: "a", reason: "bad-sign" }, "");
    refusals.add({ instance: "b", reason: "stale" }, "");

    expect(logged).toHaveLength(3);
  });

  test("begins anew after a minute without a refusal, and leaves no timer behind", () => {
    const { clock, logged, refusals } = create();

    refusals.add({ instance: "a", reason: "stale" }, "");
    clock.advance(60_000);
    const timers = clock.waiting;
    refusals.add({ instance: "a", reason: "stale" }, "");

    expect(timers).toBe(0);
    expect(logged).toMatchObject([{ count: 1 }, { count: 1 }]);
  });

  test("that is closed has what was not logged yet", () => {
    const { clock, logged, refusals } = create();
    for (let n = 0; n < 3; n += 1) refusals.add({ instance: "a", reason: "stale" }, "");

    refusals.close();

    expect(logged).toMatchObject([{ count: 1 }, { count: 2 }]);
    expect(clock.waiting).toBe(0);
  });
});
