import { describe, expect, test } from "vitest";
import { readableLines } from "../../src/telemetry/readable-log.ts";

const record = {
  ...{ level: "warn", time: "2026-11-28T00:04:08.123Z", version: "1" },
  ...{ instance: "alerts", names: ["a", "b"], msg: "message not sent" },
};

describe("a line of the log for people", () => {
  test("has time of day, level, message and fields, and no version", () => {
    const line = readableLines(false)(`${JSON.stringify(record)}\n`);

    expect(line).toBe("00:04:08.123 WARN  message not sent instance='alerts' names=[ 'a', 'b' ]\n");
  });

  test("has colours only where they are wanted", () => {
    const line = readableLines(true)(JSON.stringify(record));

    expect(line).toContain("\u001b[33mWARN \u001b[39m");
  });

  test("has an error with its stack below it", () => {
    const err = { type: "TypeError", stack: ["at a (b.js:1)"] };

    const line = readableLines(false)(JSON.stringify({ ...record, level: "error", err }));

    expect(line).toMatch(/ERROR message not sent .*\n\{ type: 'TypeError', stack: \[ 'at a \(b/);
  });

  test("shows what would move the cursor by its code", () => {
    const line = readableLines(false)(
      JSON.stringify({ ...record, instance: "\u001b[2J", msg: "a\nb" }),
    );

    expect(line).toContain("a b instance='\\x1B[2J'");
  });

  test("is passed on as it is if it is no JSON", () => {
    expect(readableLines(true)("text\n")).toBe("text\n");
  });
});
