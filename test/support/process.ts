import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";

// Files that start processes have a limit of their own: on a loaded machine the start of one takes
// seconds, and some tests start three.
vi.setConfig({ testTimeout: 60_000 });

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** A process of the built executable. It is killed when its test has finished. */
export interface RunningProcess {
  readonly child: ChildProcess;
  /** Everything written to standard output so far. */
  stdout(): string;
  /** Everything written to standard error so far. */
  stderr(): string;
  /** The exit code, or the name of the signal that ended the process. */
  readonly exit: Promise<number | string>;
  /** Waits for a text on standard output. Rejects if the process ends without it. */
  says(text: string): Promise<void>;
}

/** Starts the built executable with the given environment and `PATH`. */
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
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.stdout.includes(text)) resolve();
        };
        child.stdout.on("data", look);
        child.on("close", () => {
          reject(new Error(`ended without "${text}":\n${output.stdout}${output.stderr}`));
        });
        look();
      }),
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
