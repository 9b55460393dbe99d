import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkFolder } from "../../../src/commands/doctor/folder.ts";
import { emptyFolder, examine } from "./support/examine.ts";

describe("the doctor on the socket folder", () => {
  test("shows its mode and its owner", async () => {
    const { env, folder } = await emptyFolder();
    await chmod(folder, 0o1777);

    const { of } = await examine(env);

    expect(of("folder")).toMatchObject([
      { level: "ok", message: expect.stringMatching(/mode 1777 .* uid \d+/) },
    ]);
  });

  test("says that it is missing", async () => {
    const { folder } = await emptyFolder();

    const { exit, of } = await examine({ DAPR_COMPONENTS_SOCKETS_FOLDER: join(folder, "none") });

    expect(exit).toBe(1);
    expect(of("folder")).toMatchObject([
      { level: "problem", message: expect.stringContaining("is missing") },
    ]);
  });

  test("finds a file in its place", async () => {
    const { folder } = await emptyFolder();
    const file = join(folder, "file");
    await writeFile(file, "");

    const { of } = await examine({ DAPR_COMPONENTS_SOCKETS_FOLDER: file });

    expect(of("folder")).toMatchObject([
      { level: "problem", message: expect.stringContaining("is a file") },
    ]);
  });

  test("finds a path below a file", async () => {
    const { folder } = await emptyFolder();
    const file = join(folder, "file");
    await writeFile(file, "");

    const { of } = await examine({ DAPR_COMPONENTS_SOCKETS_FOLDER: join(file, "s") });

    expect(of("folder")).toMatchObject([
      { level: "problem", message: expect.stringContaining("ENOTDIR") },
    ]);
  });

  // Root may write to every folder, so the test does not need a real one.
  test("shows mode and users of a folder that it cannot write to", () => {
    const facts = { mode: 0o755, uid: 0, gid: 0, isWritable: false };

    const finding = checkFolder("/s", facts, "uid 65532");

    expect(finding).toMatchObject({
      level: "problem",
      message: expect.stringMatching(/0755.*uid 0.*uid 65532 cannot write/),
    });
  });

  test("warns of a folder that no other user can enter", async () => {
    const { env, folder } = await emptyFolder();
    await chmod(folder, 0o770);

    const { of } = await examine(env);

    expect(of("folder")).toMatchObject([
      { level: "warning", message: expect.stringContaining("0770") },
    ]);
  });

  test("finds a path that is too long for a socket", async () => {
    const { folder } = await emptyFolder();
    const length = 107 - folder.length - "/".length - "/dingtalk.webhook.sock".length;
    const fits = { DAPR_COMPONENTS_SOCKETS_FOLDER: join(folder, "x".repeat(length - 4)) };
    const exceeds = { DAPR_COMPONENTS_SOCKETS_FOLDER: join(folder, "x".repeat(length + 1)) };
    const names = { DINGTALK_SOCKET_NAMES: "dingtalk.webhook" };

    const short = await examine({ ...fits, ...names });
    const long = await examine({ ...exceeds, ...names });

    expect(short.of("path-length")).toEqual([]);
    expect(long.of("path-length")).toMatchObject([{ level: "problem" }]);
  });
});
