import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder with a short name, since socket paths are limited, that goes with the test. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "dt-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
