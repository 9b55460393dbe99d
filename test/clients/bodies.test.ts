import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { judgeAnswer } from "../../src/receiving/answers.ts";
import { freePort } from "../daprd/support/ports.ts";
import { eventually } from "../support/eventually.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const startLimitMs = 30_000;

/** Starts an app. The returned function fetches the body of one of its answers. */
async function startApp(command: string, ...args: string[]) {
  const port = await freePort();
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, PORT: String(port) };
  const child = spawn(command, args, { cwd: root, env, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const get = async (path: string): Promise<Buffer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    if (!response.ok) throw new Error(`${path} was answered with HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  await eventually(() => get("/text").catch(() => undefined), startLimitMs);
  return get;
}

const objects = ["/empty-object", "/null", "/success"];

describe.each([
  [
    "Express",
    () => startApp(process.execPath, "test/clients/npm/express.mjs"),
    [...objects, "/status", "/created", "/accepted", "/end", "/no-content"],
  ],
  [
    "Flask",
    () => startApp(`${root}build/clients/python/bin/python`, "test/clients/python/flask_app.py"),
    [...objects, "/status", "/no-content", "/ok", "/quickstart"],
  ],
  [
    "net/http of Go",
    () => startApp(`${root}build/clients/app`),
    [...objects, "/nothing", "/status", "/no-content", "/ok", "/sdk"],
  ],
  [
    "a program that writes as ASP.NET does",
    () => startApp(process.execPath, "test/clients/npm/dotnet-like.mjs"),
    [...objects, "/ok", "/no-content", "/text-ok", "/object", "/problem", "/bytes-with-mark"],
  ],
] as const)("an app with %s", (_name, start, paths) => {
  test("says nothing by mistake, and says its messages", async () => {
    const get = await start();

    const unmeant = await Promise.all(paths.map(async (path) => [path, await get(path)] as const));
    const [message, text] = [await get("/message"), await get("/text")];

    const kinds = unmeant.flatMap(([path, body]) =>
      (["messages", "text", "none"] as const).map((mode) => ({
        ...{ path, mode },
        kind: judgeAnswer(body, mode).kind,
      })),
    );
    expect(kinds.filter(({ kind }) => kind === "message")).toEqual([]);
    expect(kinds.filter(({ mode, kind }) => mode === "none" && kind !== "silent")).toEqual([]);
    expect(JSON.parse(saidOf(message, "messages"))).toMatchObject({ text: { content: "你好" } });
    expect(saidOf(text, "text")).toBe("你好");
    expect(judgeAnswer(text, "messages").kind).toBe("not-a-message");
  });
});

/** What is said, as data of `create`. Throws if nothing is. */
function saidOf(body: Buffer, mode: "messages" | "text"): string {
  const said = judgeAnswer(body, mode);
  if (said.kind !== "message") throw new Error(`the answer is ${said.kind}`);
  return Buffer.from(said.data).toString();
}
