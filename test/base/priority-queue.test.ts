import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PriorityQueue } from "../../src/base/priority-queue.ts";

const change = fc.record({
  item: fc.nat(20),
  /** Undefined takes the item out. */
  priority: fc.option(fc.nat(50), { nil: undefined }),
});

describe("a priority queue", () => {
  test("has the lowest number first after any changes", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
        const queue = new PriorityQueue<number>();
        const all = new Map<number, number>();
        const apply = ({ item, priority }: (typeof changes)[number]): void => {
          queue.delete(item);
          all.delete(item);
          if (priority === undefined) return;
          queue.set(item, priority + 1);
          queue.set(item, priority);
          all.set(item, priority);
        };

        for (const one of changes) {
          apply(one);

          expect(queue.size).toBe(all.size);
          expect(queue.firstPriority).toBe([...all.values()].sort((a, b) => a - b)[0]);
          expect(all.get(queue.first ?? -1)).toBe(queue.firstPriority);
        }
      }),
    );
  });
});
