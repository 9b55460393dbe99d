import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";
import { eventually } from "../../support/eventually.ts";

/** A running `npx`, and what it and its command wrote. */
export interface Npx {
  output(): string;
  /** Waits until a text was written. */
  says(text: string): Promise<void>;
  /** The exit code, or the name of the signal. */
  readonly exit: Promise<number | string>;
}

/** Starts npx. Its whole process group ends with the test, because npx alone would leave its command. */
export function startNpx(
  args: readonly string[],
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
): Npx {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("npx", args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const exit = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  onTestFinished(() => killGroup(child.pid));
  const says = async (text: string): Promise<void> => {
    await eventually(() => output.includes(text), 50_000).catch((cause: unknown) => {
      throw new Error(`npx does not say "${text}":\n${output}`, { cause });
    });
  };
  return { output: () => output, says, exit };
}

/** The group is gone where every process of it has ended. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
