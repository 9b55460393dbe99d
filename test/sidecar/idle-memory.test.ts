import { describe, expect, test } from "vitest";
import { collectGarbage, IdleMemory } from "../../src/sidecar/idle-memory.ts";
import { FakeClock } from "../support/fake-clock.ts";

const mebibyte = 1024 * 1024;

/** A simulated process of 50 MiB, whose CPU time and memory the test sets. */
function watch({ freed = [] as readonly number[] } = {}) {
  const clock = new FakeClock();
  const process = { cpuUs: 0, mebibytes: 50, collections: 0 };
  const memory = new IdleMemory({
    clock,
    cpuUs: () => process.cpuUs,
    residentBytes: () => process.mebibytes * mebibyte,
    collect: () => {
      process.mebibytes -= freed[process.collections] ?? 0;
      process.collections += 1;
    },
  });
  memory.start();
  const look = ({ cpuMs = 0, mebibytes = process.mebibytes } = {}): number => {
    process.cpuUs += cpuMs * 1000;
    process.mebibytes = mebibytes;
    clock.advance(10_000);
    return process.collections;
  };
  return { memory, clock, look, process };
}

describe("garbage of a burst", () => {
  test("is collected at rest as long as a collection frees memory", () => {
    const { look, process } = watch({ freed: [60, 40, 1] });

    look({ cpuMs: 9000, mebibytes: 160 });
    const collections = [look(), look(), look(), look()];

    expect(collections).toEqual([1, 2, 3, 3]);
    expect(process.mebibytes).toBe(59);
  });

  test("stays while there is work", () => {
    const { look } = watch();

    const collections = [look({ cpuMs: 100, mebibytes: 160 }), look({ cpuMs: 100 })];

    expect(collections).toEqual([0, 0]);
  });

  test("stays if it is little", () => {
    const { look } = watch();

    const collections = [look({ mebibytes: 58 }), look()];

    expect(collections).toEqual([0, 0]);
  });

  test("counts as needed if no collection frees it, until the process needs less", () => {
    const { look } = watch({ freed: [0, 0, 50] });

    const needed = [look({ mebibytes: 160 }), look(), look({ mebibytes: 165 })];
    const less = [look({ mebibytes: 100 }), look({ mebibytes: 120 }), look()];

    expect(needed).toEqual([1, 1, 1]);
    expect(less).toEqual([1, 2, 2]);
  });

  test("is not looked for after the stop", () => {
    const { memory, clock } = watch();

    memory.stop();

    expect(clock.waiting).toBe(0);
  });

  test("is collected by V8", async () => {
    const forgotten = new WeakRef({ name: "forgotten" });
    // An object stays alive until the end of the task that made a WeakRef of it.
    await new Promise(setImmediate);

    collectGarbage();

    expect(forgotten.deref()).toBeUndefined();
  });
});
