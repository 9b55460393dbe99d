import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { onTestFailed, onTestFinished } from "vitest";
import { eventually } from "../../support/eventually.ts";

/** How a process is started. */
export interface ChildOptions {
  /** What failure messages call the process. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The environment beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A process that ends with its test. The message of a failed test shows what the process wrote. */
export interface Child {
  /** Everything written so far, on both streams. */
  output(): string;
  /** Waits until a text was written so many times. */
  says(text: string, times?: number): Promise<void>;
  /** The exit code, or the name of the signal that ended it. */
  readonly exit: Promise<number | string>;
  /** Sends a signal, SIGTERM by default, and waits for the end of the process. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** The longest wait for anything, which is for hangs: the machine may be busy with other things. */
export const hangAfterMs = 60_000;

const shownChars = 8_000;

/** Starts a process. */
export function startChild({ name, command, args, env = {}, cwd = "." }: ChildOptions): Child {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child.stdout, child.stderr);
  const exit = new Promise<number | string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  const stop = (signal: NodeJS.Signals = "SIGTERM"): Promise<number | string> => {
    child.kill(signal);
    return exit;
  };
  onTestFinished(async () => void (await stop("SIGKILL")));
  showWhenFailed(name, output);
  const says = (text: string, times = 1): Promise<void> =>
    untilOrExit(exit, () => output().split(text).length > times, `${name} does not say "${text}"`);
  return { output, says, exit, stop };
}

function collect(...streams: Readable[]): () => string {
  let output = "";
  for (const stream of streams) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return () => output;
}

/** Waits for a condition, but no longer than the process lives. */
export async function untilOrExit(
  exit: Promise<number | string>,
  isMet: () => boolean | Promise<boolean>,
  complaint: string,
): Promise<void> {
  let ended: number | string | undefined;
  void exit.then((how) => {
    ended = how;
  });
  const seen = await eventually<"met" | "ended">(async () => {
    const before = ended;
    if (await isMet()) return "met";
    return before === undefined ? undefined : "ended";
  }, hangAfterMs).catch((cause: unknown) => {
    throw new Error(complaint, { cause });
  });
  if (seen === "ended") throw new Error(`${complaint}, it ended with ${ended}`);
}

function showWhenFailed(name: string, output: () => string): void {
  onTestFailed(({ task }) => {
    const error = task.result?.errors?.[0];
    if (error === undefined) return;
    error.message += `\n\n--- ${name} wrote:\n${output().slice(-shownChars)}`;
  });
}
