import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { problem, toText } from "../../../src/commands/doctor/finding.ts";
import { onTerminal, runToEnd } from "../../support/process.ts";
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

  test("is read with YAML from standard input", async () => {
    const { env } = await emptyFolder();
    const yaml =
      "kind: component\napiVersion: dapr.io/v1alpha1\nspec: {type: bindings.dingtalk.webhook}";

    const { stdout } = await runToEnd(["doctor", "--resources", "-"], env, yaml);

    expect(stdout).toContain("standard input has the kind component, so daprd passes it over");
  });

  test("is wrapped and coloured on a terminal", async () => {
    const { env } = await emptyFolder();
    const shown = onTerminal(["doctor", "--dapr-http-port", "1"], env);

    await shown.exit;

    const lines = shown.stdout().split("\r\n");
    expect(lines[0]).toContain("\u001b[32mok       \u001b[39menvironment: ");
    const visible = stripVTControlCharacters(shown.stdout()).split("\r\n");
    expect(Math.max(...visible.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(visible).toContainEqual(expect.stringMatching(/^ {9}\S/));
  });

  test("has no colours with NO_COLOR", async () => {
    const { env } = await emptyFolder();
    const shown = onTerminal(["doctor", "--dapr-http-port", "1"], { ...env, NO_COLOR: "1" });

    await shown.exit;

    expect(shown.stdout()).toContain("ok       environment: ");
    expect(shown.stdout()).not.toContain("\u001b[3");
  });
});

describe("a text of the doctor", () => {
  test.each([[60], [30], [1]])("keeps its words at %i columns", (columns) => {
    const finding = problem`check: ${"a long message ".repeat(20).trim()} -> do ${"-> this: that"}`;

    const text = toText([finding], { columns, hasColors: false });

    expect(text.replace(/\s+/g, " ")).toBe(
      `problem check: ${"a long message ".repeat(20)}-> do -> this: that problems: 1, warnings: 0, skipped: 0 `,
    );
    expect(finding.remedy).toBe("do -> this: that");
  });
});
