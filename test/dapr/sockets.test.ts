import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { prepareSockets, SocketError, socketPath } from "../../src/dapr/sockets.ts";
import { tempFolder } from "../support/temp-folder.ts";

const planFor = (folder: string) => ({ folder, names: ["a.b"], mode: 0o666 });

/** A socket whose process was killed. */
async function leaveDeadSocket(path: string): Promise<void> {
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.stdout.write("up"))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
}

describe("prepareSockets", () => {
  test("makes the folder with its parents", async () => {
    const plan = planFor(join(await tempFolder(), "x", "y"));

    await prepareSockets(plan);

    expect((await stat(plan.folder)).isDirectory()).toBe(true);
  });

  test("removes a socket that nobody answers", async () => {
    const plan = planFor(await tempFolder());
    await leaveDeadSocket(socketPath(plan, "a.b"));

    await prepareSockets(plan);

    expect(await readdir(plan.folder)).toEqual([]);
  });

  test("leaves a socket that a live process answers and names it", async () => {
    const plan = planFor(await tempFolder());
    const server = createServer().listen(socketPath(plan, "a.b"));
    onTestFinished(() => void server.close());

    const prepared = prepareSockets(plan);

    await expect(prepared).rejects.toThrow(SocketError);
    await expect(prepared).rejects.toThrow(socketPath(plan, "a.b"));
    expect(await readdir(plan.folder)).toEqual(["a.b.sock"]);
  });

  test("leaves a file that is no socket", async () => {
    const plan = planFor(await tempFolder());
    await writeFile(socketPath(plan, "a.b"), "precious");

    await expect(prepareSockets(plan)).rejects.toThrow("it is not a socket");

    expect(await readdir(plan.folder)).toEqual(["a.b.sock"]);
  });

  test("leaves a link", async () => {
    const plan = planFor(await tempFolder());
    await symlink("/nowhere", socketPath(plan, "a.b"));

    await expect(prepareSockets(plan)).rejects.toThrow("it is not a socket");
  });

  test("refuses a path over the platform's limit by name and length", async () => {
    const plan = planFor(`/tmp/${"x".repeat(100)}`);

    await expect(prepareSockets(plan)).rejects.toThrow(`${socketPath(plan, "a.b")} has 114 bytes`);
  });

  test("refuses a folder that is a file", async () => {
    const file = join(await tempFolder(), "file");
    await writeFile(file, "");

    await expect(prepareSockets(planFor(file))).rejects.toThrow(SocketError);
  });
});
