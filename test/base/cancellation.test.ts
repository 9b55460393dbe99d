import { describe, expect, test } from "vitest";
import { isTimeUp } from "../../src/base/cancellation.ts";

describe("the reason of an abort", () => {
  test.each([
    { name: "a time that is up", reason: new DOMException("late", "TimeoutError"), isUp: true },
    {
      name: "a caller that went away",
      reason: new DOMException("gone", "AbortError"),
      isUp: false,
    },
    { name: "no error", reason: "late", isUp: false },
  ])("tells of $name", ({ reason, isUp }) => {
    expect(isTimeUp(AbortSignal.abort(reason))).toBe(isUp);
  });

  test("is a time that is up for an AbortSignal.timeout", async () => {
    const signal = AbortSignal.timeout(0);

    await new Promise((resolve) => signal.addEventListener("abort", resolve));

    expect(isTimeUp(signal)).toBe(true);
  });
});
