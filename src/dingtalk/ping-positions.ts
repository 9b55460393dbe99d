import { idEnd, maxIdLength } from "./mentions.ts";
import type { Steps } from "./steps.ts";

const comparisonsPerStep = 1024;

/** A person whom a message pings. */
export interface Ping {
  readonly id: string;
  /** The offset of `@…` in the text; 0 if the text does not mention the person. */
  readonly position: number;
}

/**
 * Finds where a text mentions people, as `findMention` says, in one pass for all of them. Where no
 * mention is sure, the first `@…` counts that begins with the id.
 *
 * @returns one ping for each id, in the order of the ids
 */
export function* findPings(text: string, ids: readonly string[]): Steps<Ping[]> {
  const wanted = new Set(ids.filter((id) => id.length <= maxIdLength));
  const lengths = new Set([...wanted].map((id) => id.length));
  const count = wanted.size;
  const sure = new Map<string, number>();
  const unsure = new Map<string, number>();
  let steps = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    steps += lengths.size;
    if (steps > comparisonsPerStep) {
      steps = 0;
      yield;
    }
    const isStart = !/\w/.test(text[at - 1] ?? "");
    for (const length of lengths) {
      const end = at + 1 + length;
      const isSure = isStart && !idEnd.test(text.slice(end, end + 2));
      if (!isSure && unsure.size === count) continue;
      const id = text.slice(at + 1, end);
      if (!wanted.has(id)) continue;
      if (!unsure.has(id)) unsure.set(id, at);
      if (!isSure) continue;
      sure.set(id, at);
      wanted.delete(id);
    }
  }
  return ids.map((id) => ({ id, position: sure.get(id) ?? unsure.get(id) ?? 0 }));
}

/** Sums up the bytes that the people mentioned in a run add to `at`, in logarithmic time. */
export function createPingScale(
  pings: readonly Ping[],
  bytesOf: (id: string) => number,
): (range: { readonly start: number; readonly end: number }) => number {
  const sorted = pings.toSorted((one, other) => one.position - other.position);
  const sums = [0];
  for (const { id } of sorted) sums.push((sums.at(-1) ?? 0) + bytesOf(id));
  const before = (offset: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle]?.position ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return sums[low] ?? 0;
  };
  return ({ start, end }) => before(end) - before(start);
}
