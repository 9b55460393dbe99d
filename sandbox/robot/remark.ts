import type { Remark } from "../api/types.ts";

/** A remark by its code, its English text and what the text names. */
export function remark<Code extends string>(
  code: Code,
  text: string,
  params: Remark["params"] = {},
): Remark<Code> {
  return { code, params, text };
}

const minuteMs = 60_000;

/** Whole minutes. A time below one minute counts as one. */
export function toMinutes(ms: number): number {
  return Math.sign(ms) * Math.max(1, Math.round(Math.abs(ms) / minuteMs));
}
