import { describe, expect, test } from "vitest";
import { errorCodeOf } from "../../src/base/error-code.ts";

const withCode = (code: string, options?: ErrorOptions): Error =>
  Object.assign(new Error("no", options), { code });

describe("the system's code of an error", () => {
  test.each<[string, unknown, string]>([
    ["its own", withCode("ENOENT"), "ENOENT"],
    ["that of its cause", new TypeError("no", { cause: withCode("ECONNRESET") }), "ECONNRESET"],
    ["the innermost of two", withCode("OUTER", { cause: withCode("INNER") }), "INNER"],
    ["the outer one over a cause without", withCode("OUTER", { cause: new Error() }), "OUTER"],
    ["the first of several", new AggregateError([withCode("A"), withCode("B")]), "A"],
    ["none of an error without", new Error("no"), "unknown error"],
    ["none of what is no error", "ENOENT", "unknown error"],
    ["none of a number", Object.assign(new Error("no"), { code: 7 }), "unknown error"],
  ])("is %s", (_what, error, code) => {
    expect(errorCodeOf(error)).toBe(code);
  });

  test("is found in a chain that leads back to its beginning", () => {
    const outer = withCode("OUTER");
    const inner = withCode("INNER", { cause: outer });
    outer.cause = inner;

    expect(errorCodeOf(outer)).toBe("INNER");
  });

  test("may be replaced where there is none", () => {
    expect(errorCodeOf(new Error("no"), "")).toBe("");
  });
});
