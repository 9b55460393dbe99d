import { describe, expect, test } from "vitest";
import { didYouMean, nearest } from "../../src/base/usage-error.ts";

const known = ["serve", "sandbox", "LOG_LEVEL", "key", "value"];

describe("the nearest known name", () => {
  test.each([
    ["serv", "serve"],
    ["SERVE", "serve"],
    ["log_levl", "LOG_LEVEL"],
    ["vale", "value"],
    ["keys", "key"],
  ])("to %s is %s", (name, near) => {
    expect(nearest(name, known)).toBe(near);
    expect(didYouMean(name, known)).toBe(`, did you mean ${near}?`);
  });

  test.each(["", "x", "frobnicate", "box", "level"])("to %j is none", (name) => {
    expect(nearest(name, known)).toBeUndefined();
    expect(didYouMean(name, known)).toBe("");
  });

  test("is none where nothing is known", () => {
    expect(nearest("serve", [])).toBeUndefined();
  });
});
