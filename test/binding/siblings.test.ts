import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { type Sibling, Siblings } from "../../src/binding/siblings.ts";
import { Readers } from "../../src/dapr/readers.ts";
import { FakeClock } from "../support/fake-clock.ts";

function siblingOf(
  id: string,
  { isInput = true, streams = 0, instance = `${randomUUID()}` } = {},
): Sibling {
  const readers = new Readers(new FakeClock(), pino({ level: "silent" }));
  for (let count = 0; count < streams; count += 1) readers.add(() => {});
  return {
    ...{ id, instance, readers, isInput },
    status: () => ({
      ...{ robot: id, budgetLeft: 1, budget: 1, queueLength: 0, maxQueue: 1, penaltyMs: 0 },
      streams,
    }),
  };
}

function registryOf(...siblings: Sibling[]): Siblings {
  const registry = new Siblings();
  for (const sibling of siblings) registry.put(sibling);
  return registry;
}

describe("the components of one id", () => {
  test("give the own readers of a component that daprd reads from", () => {
    const own = siblingOf("a", { streams: 1 });
    const registry = registryOf(siblingOf("a", { streams: 1 }), own);

    expect(registry.readersFor(own)).toBe(own.readers);
  });

  test("give the readers of another where nobody reads from the component itself", () => {
    const own = siblingOf("a");
    const reading = siblingOf("a", { streams: 1 });
    const registry = registryOf(own, siblingOf("b", { streams: 1 }), siblingOf("a"), reading);

    expect(registry.readersFor(own)).toBe(reading.readers);
  });

  test("give the own readers where nobody reads at all", () => {
    const own = siblingOf("a");
    const registry = registryOf(siblingOf("a"), own);

    expect(registry.readersFor(own)).toBe(own.readers);
  });

  test.each([
    ["another for the input", siblingOf("a"), true],
    ["another for the output alone", siblingOf("a", { isInput: false }), false],
    ["one of another id", siblingOf("b"), false],
  ])("tell whether there is %s", (_case, other, expected) => {
    const own = siblingOf("a");
    const registry = registryOf(own, other);

    expect(registry.hasOtherInput(own)).toBe(expected);
  });

  test("forget one that is removed", () => {
    const own = siblingOf("a");
    const removed = siblingOf("a", { streams: 1 });
    const registry = registryOf(own, removed);

    registry.remove(removed.readers);

    expect(registry.readersFor(own)).toBe(own.readers);
    expect(registry.statuses()).toHaveLength(1);
  });

  test("take a new configuration in the place of the former", () => {
    const own = siblingOf("a");
    const registry = registryOf(own);

    registry.put({ ...siblingOf("b"), readers: own.readers });

    expect(registry.statuses()).toMatchObject([{ robot: "b" }]);
  });
});
