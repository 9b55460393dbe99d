import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** A process of the built executable, which ends with its test. */
export interface RunningProcess {
  readonly child: ChildProcess;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** The exit code, or the name of the signal that ended it. */
  readonly exit: Promise<number | string>;
  /** Waits for a text on standard output. */
  says(text: string): Promise<void>;
}

/** Starts the built executable. Its environment is PATH and what is given. */
export function run(args: readonly string[], env: Record<string, string> = {}): RunningProcess {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exit: new Promise((resolve) => {
      child.on("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
    }),
    says: async (text) => {
      await eventually(() => output.stdout.includes(text) || undefined);
    },
  };
}

/** Runs the built executable to its end. */
export async function runToEnd(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ exit: number | string; stdout: string; stderr: string }> {
  const running = run(args, env);
  const exit = await running.exit;
  return { exit, stdout: running.stdout(), stderr: running.stderr() };
}
