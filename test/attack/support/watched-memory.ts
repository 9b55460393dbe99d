import type { ChildProcess } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const probe = new URL("memory-probe.mjs", import.meta.url).href;

/** The environment of a process whose memory is watched, and the watch. */
export async function watchMemory() {
  const file = join(await tempFolder(), "memory");
  const env = { NODE_OPTIONS: `--import=${probe}`, MEMORY_FILE: file };
  /** The memory of the process after its garbage was collected, in MB. */
  const usedMb = async (child: ChildProcess): Promise<number> => {
    await rm(file, { force: true });
    child.kill("SIGUSR2");
    const text = await eventually(() => readFile(file, "utf8").catch(() => undefined));
    return Number(text) / 1e6;
  };
  return { env, usedMb };
}
