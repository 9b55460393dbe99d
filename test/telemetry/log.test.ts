import { describe, expect, test } from "vitest";
import { describeError } from "../../src/telemetry/log.ts";

describe("an error in the log", () => {
  test("has name, code, stack and causes, and no message", () => {
    const cause = Object.assign(new RangeError("token"), { code: "EINNER" });
    const error = new TypeError("https://secret", { cause });

    const described = describeError(error);

    const stack = expect.arrayContaining([expect.stringMatching(/^at /)]);
    expect(described).toEqual({
      type: "TypeError",
      stack,
      cause: { type: "RangeError", code: "EINNER", stack },
    });
    expect(JSON.stringify(described)).not.toMatch(/secret|token/);
  });

  test("ends where its causes lead back to it", () => {
    const outer = new Error("outer");
    const inner = new RangeError("inner", { cause: outer });
    outer.cause = inner;

    const described = describeError(outer);

    expect(described).toMatchObject({ type: "Error", cause: { type: "RangeError" } });
    expect(described.cause).not.toHaveProperty("cause");
  });

  test.each([["text"], [7], [undefined]])("is described by its type if it is %j", (value) => {
    expect(describeError(value)).toEqual({ type: typeof value });
  });
});
