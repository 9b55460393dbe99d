import { describe, expect, test } from "vitest";
import type { MessageRecord } from "../../src/delivery/record.ts";
import { maxRecords, RecordMemory } from "../../src/delivery/record-memory.ts";
import { FakeClock } from "../support/fake-clock.ts";

const createRecord = (key: string): MessageRecord => ({
  ...{ key, scope: "", isAppKey: true, msgUuid: key, partsSent: 0, cut: undefined, isSent: true },
  ...{
    target: undefined,
    hasLeft: false,
    digest: undefined,
    redisKey: undefined,
    claim: undefined,
  },
  ...{ attempt: undefined, refusal: undefined, wasMerged: false, expiresAt: 0 },
  signal: new AbortController().signal,
});

function createMemory(count: number) {
  const clock = new FakeClock();
  const memory = new RecordMemory(clock);
  for (let n = 0; n < count; n += 1) memory.add(createRecord(`key-${n}`), 1000);
  return { clock, memory };
}

describe("a memory of records", () => {
  test("keeps no more than its bound, forgets the oldest first and counts them", () => {
    const { memory } = createMemory(maxRecords + 2);

    const kept = [...memory];

    expect(kept).toHaveLength(maxRecords);
    expect(kept[0]?.key).toBe("key-2");
    expect(memory.forgotten).toBe(2);
  });

  test("does not count what its time has ended for", () => {
    const { clock, memory } = createMemory(3);

    clock.advance(1000);
    memory.add(createRecord("new"), 1000);

    expect([...memory].map(({ key }) => key)).toEqual(["new"]);
    expect(memory.forgotten).toBe(0);
  });

  test("finds nothing whose time has ended, behind what lasts longer", () => {
    const { clock, memory } = createMemory(0);
    memory.add(createRecord("long"), 5000);
    memory.add(createRecord("short"), 1000);

    clock.advance(1000);

    expect(memory.find("short")).toBeUndefined();
    expect(memory.find("long")?.key).toBe("long");
  });

  test("gives the oldest record of a key first", () => {
    const { memory } = createMemory(0);
    const [first, second] = [createRecord("same"), createRecord("same")];
    memory.add(first, 1000);
    memory.add(second, 1000);

    memory.delete(memory.find("same") ?? second);

    expect(memory.find("same")).toBe(second);
    expect(memory.has(first)).toBe(false);
  });
});
