import { describe, expect, test } from "vitest";
import { runToEnd } from "../../support/process.ts";
import { emptyFolder, examine } from "./support/examine.ts";

describe("the output of the doctor", () => {
  test("has a line for each finding with its remedy, then the totals", async () => {
    const { env } = await emptyFolder();
    const names = { DINGTALK_SOCKET_NAMES: "one" };
    const port = ["--dapr-http-port", "1"];

    const { exit, stdout } = await runToEnd(["doctor", ...port], { ...env, ...names });

    expect(exit).toBe(1);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^ok {7}environment: /),
      expect.stringMatching(/^warning {2}folder: .* -> chmod/),
      expect.stringMatching(/^problem {2}socket: .*one\.sock.* -> start dingtalk-webhook serve/),
      expect.stringMatching(/^skipped {2}component: no YAML was looked at -> .*--resources$/),
      expect.stringMatching(/^skipped {2}robot-host: /),
      expect.stringMatching(/^skipped {2}daprd: /),
      "problems: 1, warnings: 1, skipped: 3",
      "",
    ]);
  });

  test("is JSON with --json", async () => {
    const { env } = await emptyFolder();

    const { ok, findings } = await examine(env);

    expect(ok).toBe(false);
    expect(findings[0]).toEqual({
      check: "environment",
      level: "ok",
      message: expect.any(String),
      remedy: "",
    });
  });
});
