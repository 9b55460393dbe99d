import { describe, expect, test } from "vitest";
import { Cancellation, isTimeUp, toAbortSignal } from "../../src/base/cancellation.ts";

describe("a cancellation", () => {
  test("tells its listeners once, with the first reason", () => {
    const cancellation = new Cancellation();
    const reasons: unknown[] = [];
    cancellation.addEventListener("abort", () => reasons.push(cancellation.reason));

    cancellation.abort("first");
    cancellation.abort("second");

    expect(reasons).toEqual(["first"]);
    expect(cancellation).toMatchObject({ aborted: true, reason: "first" });
  });

  test("does not tell a listener that an earlier one has removed", () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const second = (): void => void told.push("second");
    cancellation.addEventListener("abort", () => cancellation.removeEventListener("abort", second));
    cancellation.addEventListener("abort", second);

    cancellation.abort("gone");

    expect(told).toEqual([]);
  });

  test("is told from a time that is up by its reason's name, as an AbortSignal is", () => {
    const [gone, late] = [new Cancellation(), new Cancellation()];

    gone.abort(new DOMException("gone", "AbortError"));
    late.abort(new DOMException("late", "TimeoutError"));

    expect([gone, late, AbortSignal.abort()].map(isTimeUp)).toEqual([false, true, false]);
  });
});

describe("an AbortSignal made from a cancellation", () => {
  test("aborts with it and its reason", () => {
    const cancellation = new Cancellation();
    const signal = toAbortSignal(cancellation);

    cancellation.abort("gone");

    expect(signal).toMatchObject({ aborted: true, reason: "gone" });
  });

  test("is aborted from the start if the cancellation is", () => {
    const cancellation = new Cancellation();
    cancellation.abort("gone");

    const signal = toAbortSignal(cancellation);

    expect(signal).toMatchObject({ aborted: true, reason: "gone" });
  });
});
