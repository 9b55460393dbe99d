import { cp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { tempFolder } from "../support/temp-folder.ts";
import { startNpx } from "./support/npx.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

test("npx in a clone says that a build is missing, and works after the build", async () => {
  const clone = await tempFolder();
  for (const name of ["package.json", "bin", "proto"]) {
    await cp(join(project, name), join(clone, name), { recursive: true });
  }
  const env = { npm_config_cache: await tempFolder() };
  const before = startNpx(["dingtalk-webhook", "version"], { cwd: clone, env });
  const exitBefore = await before.exit;
  await cp(join(project, "dist"), join(clone, "dist"), { recursive: true });
  await symlink(join(project, "node_modules"), join(clone, "node_modules"));

  const after = startNpx(["dingtalk-webhook", "version"], { cwd: clone, env });

  expect(await after.exit).toBe(0);
  expect(after.output()).toContain(packageJson.version);
  expect(exitBefore).toBe(1);
  expect(before.output()).toContain("run npm ci && npm run build");
});
