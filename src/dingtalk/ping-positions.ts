import { createIdFinder, idEnd } from "./mentions.ts";
import type { Steps } from "./steps.ts";

const mentionsPerStep = 64;

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
  const idsAt = createIdFinder(ids);
  const sure = new Map<string, number>();
  const unsure = new Map<string, number>();
  let count = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    count += 1;
    if (count % mentionsPerStep === 0) yield;
    const isStart = !/\w/.test(text[at - 1] ?? "");
    for (const id of idsAt(text, at + 1)) {
      const end = at + 1 + id.length;
      const isSure = isStart && !idEnd.test(text.slice(end, end + 2));
      if (!unsure.has(id)) unsure.set(id, at);
      if (isSure && !sure.has(id)) sure.set(id, at);
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
