import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Makes a folder that is removed after the test. Its name is short, as socket paths are limited. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "dt-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
