import { describe, expect, test } from "vitest";
import { parseDuration } from "../../src/base/duration.ts";

describe("parseDuration", () => {
  test.each([
    ["5s", 5000],
    ["1m30s", 90_000],
    ["1h", 3_600_000],
    ["250ms", 250],
    ["1.5s", 1500],
    [".5s", 500],
    ["30", 30_000],
    ["0.5", 500],
    ["0", 0],
    [" 2s ", 2000],
    ["500us", 0.5],
    ["1.s", 1000],
    ["1h0.5m1ms", 3_630_001],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    "",
    "s",
    "5 s",
    "-5s",
    "5d",
    "1m 30s",
    "1e3",
    "soon",
    "5s5",
    "30d",
    "600h",
    ".",
    ".s",
    "5s.",
    "1.2.3s",
  ])("refuses '%s'", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each(["9", "9s", "1s", "0", ".", "1.", "1ms1"])("refuses 4,000 times '%s'", (text) => {
    expect(parseDuration(text.repeat(4000))).toBeUndefined();
  });
});
