import type { TextRange } from "./markdown-blocks.ts";
import type { Steps } from "./steps.ts";

const unitsPerStep = 65_536;

/**
 * Tells the bytes that any run of a text takes inside a JSON string. The sums are made once: writing
 * each run as JSON took most of the time of a split.
 */
export function* createTextScale(text: string): Steps<(range: TextRange) => number> {
  const sums = new Uint32Array(text.length + 1);
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    if (at % unitsPerStep === 0) yield;
    sum += bytesOf(text, at);
    sums[at + 1] = sum;
  }
  return ({ start, end }) => (sums[end] ?? 0) - (sums[start] ?? 0);
}

/** The bytes of one UTF-16 unit. The halves of a pair share the pair's four bytes. */
function bytesOf(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit === 0x22 || unit === 0x5c) return 2;
  // \b, \t, \n, \f and \r have short escapes; 0x0b has none.
  if (unit < 0x20) return unit >= 0x08 && unit <= 0x0d && unit !== 0x0b ? 2 : 6;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (unit < 0xd800 || unit > 0xdfff) return 3;
  return isPaired(text, at, unit) ? 2 : 6;
}

/** A half alone is written as an escape. */
function isPaired(text: string, at: number, unit: number): boolean {
  if (unit < 0xdc00) return isBetween(text.charCodeAt(at + 1), 0xdc00, 0xdfff);
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff);
}

function isBetween(unit: number, least: number, most: number): boolean {
  return least <= unit && unit <= most;
}
