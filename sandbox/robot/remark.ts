import type { Remark } from "../api/types.ts";

/** A remark; one without params says so by leaving them out. */
export function remark<Code extends string>(
  code: Code,
  text: string,
  params: Remark["params"] = {},
): Remark<Code> {
  return { code, params, text };
}

const minuteMs = 60_000;

/** Rounded, and never 0 for something. */
export function toMinutes(ms: number): number {
  return Math.sign(ms) * Math.max(1, Math.round(Math.abs(ms) / minuteMs));
}
