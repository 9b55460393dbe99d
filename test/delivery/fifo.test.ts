import { describe, expect, test } from "vitest";
import { Fifo } from "../../src/delivery/fifo.ts";

/** Takes the first item until none is left. */
function drain(fifo: Fifo<{ n: number }>): number[] {
  const drained: number[] = [];
  for (let item = fifo.first; item !== undefined; item = fifo.first) {
    fifo.delete(item);
    drained.push(item.n);
  }
  return drained;
}

const items = [0, 1, 2, 3, 4].map((n) => ({ n }));

describe("a line of items", () => {
  test("gives the first one first", () => {
    const fifo = new Fifo<{ n: number }>();
    for (const item of items) fifo.add(item);

    expect(drain(fifo)).toEqual([0, 1, 2, 3, 4]);
    expect(fifo.first).toBeUndefined();
  });

  test("forgets those that leave before their turn", () => {
    const fifo = new Fifo<{ n: number }>();
    for (const item of items) fifo.add(item);

    const left = [0, 1, 3].map((n) => fifo.delete(items[n] ?? { n }));

    expect(left).toEqual([true, true, true]);
    expect(fifo.size).toBe(2);
    expect(drain(fifo)).toEqual([2, 4]);
  });

  test("takes new ones after it was empty", () => {
    const fifo = new Fifo<{ n: number }>();
    for (const item of items) {
      fifo.add(item);
      drain(fifo);
    }
    for (const item of items) fifo.add(item);

    expect(drain(fifo)).toEqual([0, 1, 2, 3, 4]);
  });
});
