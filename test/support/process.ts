import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
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

/** Starts the built executable on a terminal of 60 columns, which `script` of util-linux plays. */
export function onTerminal(
  args: readonly string[],
  env: Record<string, string> = {},
): RunningProcess {
  const command = `stty cols 60; exec ${[process.execPath, main, ...args].map(quoted).join(" ")}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return watch(child);
}

const quoted = (arg: string): string => `'${arg.replaceAll("'", "'\\''")}'`;

/** Starts the built executable with the given environment and `PATH`. Nothing is piped in by default. */
export function run(
  args: readonly string[],
  env: Record<string, string> = {},
  piped?: string,
): RunningProcess {
  const options = { env: { PATH: process.env.PATH ?? "", ...env } };
  const child =
    piped === undefined
      ? spawn(process.execPath, [main, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] })
      : spawn(process.execPath, [main, ...args], { ...options, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin?.end(piped);
  return watch(child);
}

function watch(child: ChildProcessByStdio<Writable | null, Readable, Readable>): RunningProcess {
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
  piped?: string,
): Promise<{ exit: number | string; stdout: string; stderr: string }> {
  const running = run(args, env, piped);
  const exit = await running.exit;
  return { exit, stdout: running.stdout(), stderr: running.stderr() };
}
