import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkSockets } from "../../../src/commands/doctor/sockets.ts";
import { run } from "../../support/process.ts";
import { emptyFolder, examine } from "./support/examine.ts";
import {
  leaveStaleSocket,
  listenOn,
  serveNoReflection,
  serveOtherComponent,
} from "./support/listeners.ts";

async function servedFolder(own: Record<string, string> = {}) {
  const { folder, env } = await emptyFolder();
  await run(["serve"], { ...env, ...own }).says("ready for daprd");
  return { folder, env };
}

describe("the doctor on the sockets", () => {
  test("recognises the sockets of dingtalk-webhook", async () => {
    const { env } = await servedFolder();

    const { exit, ok, problems, of } = await examine(env);

    expect({ exit, ok, problems }).toEqual({ exit: 0, ok: true, problems: [] });
    expect(of("socket")).toMatchObject([
      { level: "ok", message: "alicloud.dingtalk.webhook.sock is served by dingtalk-webhook" },
      { level: "ok", message: "dingtalk.webhook.sock is served by dingtalk-webhook" },
    ]);
  });

  test("names each socket that is missing", async () => {
    const { env } = await emptyFolder();

    const { exit, of } = await examine({ ...env, DINGTALK_SOCKET_NAMES: "one,two" });

    expect(exit).toBe(1);
    expect(of("socket")).toMatchObject([
      { level: "problem", message: expect.stringContaining("one.sock") },
      { level: "problem", message: expect.stringContaining("two.sock") },
    ]);
  });

  test("finds a socket that no process listens on", async () => {
    const { env, folder } = await servedFolder();
    await leaveStaleSocket(join(folder, "old.sock"));

    const { exit, problems, of } = await examine(env);

    expect({ exit, problems }).toEqual({ exit: 1, problems: ["stale-socket"] });
    expect(of("stale-socket")).toMatchObject([
      { message: expect.stringContaining("old.sock"), remedy: "remove the file" },
    ]);
  });

  test("says that serve replaces our own stale socket", async () => {
    const { env, folder } = await emptyFolder();
    await leaveStaleSocket(join(folder, "dingtalk.webhook.sock"));

    const { of } = await examine(env);

    expect(of("stale-socket")).toMatchObject([
      { level: "problem", remedy: expect.stringContaining("dingtalk-webhook serve") },
    ]);
  });

  test.each([
    ["says nothing", () => {}],
    ["hangs up", (socket: { destroy(): void }) => socket.destroy()],
    [
      "speaks HTTP/1.1",
      (socket: { end(text: string): void }) => socket.end("HTTP/1.1 400 \r\n\r\n"),
    ],
  ])("finds a process that %s", async (_what, onConnection) => {
    const { env, folder } = await servedFolder();
    await listenOn(join(folder, "other.sock"), onConnection);

    const { problems, of } = await examine(env);

    expect(problems).toEqual(["foreign-socket"]);
    expect(of("foreign-socket")).toMatchObject([
      { message: expect.stringMatching(/^other\.sock .* does not answer/) },
    ]);
  });

  test("finds a gRPC server that is not a component", async () => {
    const { env, folder } = await servedFolder();
    await serveNoReflection(join(folder, "other.sock"));

    const { problems, of } = await examine(env);

    expect(problems).toEqual(["foreign-socket"]);
    expect(of("foreign-socket")).toMatchObject([
      { message: expect.stringContaining("not a Dapr component") },
    ]);
  });

  test("accepts another component under its own name", async () => {
    const { env, folder } = await servedFolder();
    await serveOtherComponent(join(folder, "other.sock"));

    const { problems, of } = await examine(env);

    expect(problems).toEqual([]);
    expect(of("socket")).toContainEqual({
      check: "socket",
      level: "ok",
      message: "other.sock is served by another component",
      remedy: "",
    });
  });

  test("finds another component under our name", async () => {
    const { env, folder } = await emptyFolder();
    await serveOtherComponent(join(folder, "dingtalk.webhook.sock"));

    const { problems } = await examine({ ...env, DINGTALK_SOCKET_NAMES: "dingtalk.webhook" });

    expect(problems).toEqual(["foreign-socket"]);
  });

  test("takes no other component for ours that refuses calls in our words", async () => {
    const { env, folder } = await servedFolder();
    await serveOtherComponent(join(folder, "other.sock"), "dingtalk reason=not-initialized: no");

    const { of } = await examine(env);

    expect(of("socket")).toContainEqual(
      expect.objectContaining({ message: "other.sock is served by another component" }),
    );
  });

  test("warns of a file that is not a socket", async () => {
    const { env, folder } = await servedFolder();
    await writeFile(join(folder, "notes.txt"), "");

    const { exit, of } = await examine(env);

    expect(exit).toBe(0);
    expect(of("foreign-socket")).toMatchObject([{ level: "warning" }]);
  });

  test("warns of a mode that shuts other users out", async () => {
    const mode = { DINGTALK_SOCKET_MODE: "0660", DINGTALK_SOCKET_NAMES: "dingtalk.webhook" };
    const { env } = await servedFolder(mode);

    const { of } = await examine({ ...env, ...mode });

    expect(of("socket-mode")).toMatchObject([
      { level: "warning", message: expect.stringMatching(/0660 .* uid \d+/) },
    ]);
  });

  test("warns of a mode that differs from the configured mode", async () => {
    const names = { DINGTALK_SOCKET_NAMES: "dingtalk.webhook" };
    const { env } = await servedFolder({ ...names, DINGTALK_SOCKET_MODE: "0660" });

    const { of } = await examine({ ...env, ...names });

    expect(of("socket-mode")).toMatchObject([
      { level: "warning", message: expect.stringMatching(/0660.*0666/) },
    ]);
  });

  // Root may connect to every socket, so the test does not need a real one.
  test("shows mode and user of a socket that refuses it", () => {
    const plan = { folder: "/s", names: ["a"], mode: 0o666 };
    const entry = { file: "a.sock", mode: 0o600, uid: 12, listener: "refused" } as const;

    const findings = [...checkSockets(plan, [entry])];

    expect(findings).toMatchObject([
      { check: "socket-mode", level: "problem", message: expect.stringMatching(/0600 .*uid 12/) },
    ]);
  });
});
