import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DaprdClient } from "../support/daprd-client.ts";
import { run, runToEnd } from "../support/process.ts";
import { startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";

const text = { msgtype: "text", text: { content: "hello" } };

async function place() {
  const folder = await tempFolder();
  const env = {
    DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
    DINGTALK_STATE_FILE: join(folder, "state", "inits.json"),
  };
  return { env, file: env.DINGTALK_STATE_FILE, socket: join(folder, "dingtalk.webhook.sock") };
}

describe("a process that was killed and started again", () => {
  test("answers daprd without a new Init", async () => {
    const robot = await startRobot();
    const { env, file, socket } = await place();
    const former = run([], env);
    await former.says("ready for daprd");
    await new DaprdClient(socket).init({ id: "a", url: robot.url, secret: "SECx" });
    // The state file is complete as soon as Init is answered.
    former.child.kill("SIGKILL");
    await former.exit;

    const next = run([], env);
    await next.says("ready for daprd");
    const answer = await new DaprdClient(socket).create(text);

    expect(answer.metadata).toEqual({ errcode: "0", errmsg: "ok" });
    expect(robot.posts[0]?.query.get("sign")).toMatch(/=$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(next.stdout()).toContain("took the component up from the state file");
  });
});

describe("a state file that cannot be trusted", () => {
  test("stops the start with the reason and none of its contents", async () => {
    const { env, file } = await place();
    const first = run([], env);
    await first.says("ready for daprd");
    first.child.kill("SIGTERM");
    await first.exit;
    await writeFile(file, '{"secret-of-mine', { mode: 0o600 });

    const { exit, stdout, stderr } = await runToEnd([], env);

    expect(exit).toBe(1);
    expect(stdout).toContain(file);
    expect(stdout + stderr).not.toContain("secret-of-mine");
  });
});
