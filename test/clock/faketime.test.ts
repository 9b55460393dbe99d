import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DaprdClient } from "../support/daprd-client.ts";
import { run } from "../support/process.ts";
import { acceptMessage, jsonAnswer, startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";

const text = { msgtype: "text", text: { content: "Hi" } };
const throttled = jsonAnswer({ errcode: 660026, errmsg: "send too fast" });

/** A process whose wall clock the test sets, as an administrator does. */
async function startProcess() {
  const folder = await tempFolder();
  const file = join(folder, "offset");
  const setClock = (offset: string): void => writeFileSync(file, offset);
  setClock("+0s");
  const library = execFileSync("faketime", ["-m", "-f", "+0s", "printenv", "LD_PRELOAD"]);
  const running = run(["serve"], {
    DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
    LD_PRELOAD: library.toString().trim(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  });
  await running.says("ready for daprd");
  const daprd = new DaprdClient(join(folder, "dingtalk.webhook.sock"));
  return { daprd, setClock, running };
}

const offsets = [
  ["forward by an hour", "+3600s"],
  ["back by an hour", "-3600s"],
] as const;

describe("a clock that is set while the process runs", () => {
  test.each(offsets)("leaves the budget as it is: %s", async (_case, offset) => {
    const { daprd, setClock } = await startProcess();
    const robot = await startRobot(acceptMessage);
    await daprd.init({ id: "a", url: robot.url, messagesPerMinute: "1", maxWait: "0" });
    await daprd.create(text);

    setClock(offset);
    const second = daprd.create({ ...text, at: {} });

    await expect(second).rejects.toMatchObject({
      details: expect.stringMatching(/reason=over-budget.* in (60|5\d) s$/),
    });
    expect(robot.posts).toHaveLength(1);
  });

  test.each(offsets)("leaves a penalty as it is: %s", async (_case, offset) => {
    const { daprd, setClock } = await startProcess();
    const robot = await startRobot(throttled);
    await daprd.init({ id: "a", url: robot.url });
    await expect(daprd.create(text)).rejects.toThrow();

    setClock(offset);
    const second = daprd.create({ ...text, at: {} });

    await expect(second).rejects.toMatchObject({
      details: expect.stringMatching(/reason=robot-closed.* in (60|5\d) s$/),
    });
    expect(robot.posts).toHaveLength(1);
  });

  test("is the one by which messages are signed", async () => {
    const { daprd, setClock } = await startProcess();
    const robot = await startRobot(acceptMessage);
    await daprd.init({ id: "a", url: robot.url, secret: "SECx" });

    setClock("+3600s");
    await daprd.create(text);

    const aheadMs = Number(robot.posts[0]?.query.get("timestamp")) - Date.now();
    expect(Math.abs(aheadMs - 3_600_000)).toBeLessThan(60_000);
  });
});
