import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const okAnswer = { errcode: 0, errmsg: "ok" };

describe("a sandbox whose data file cannot grow", () => {
  test("shows the messages that it took, takes no others, and keeps whole lines", async () => {
    const dataFile = `${await tempFolder()}/messages.jsonl`;
    const url = await startLimited(dataFile);
    const answers = await sendUntilRefused(url);

    const shown = await (await fetch(`${url}/api/messages?token=sandbox`)).json();
    const lines = (await readFile(dataFile, "utf8")).trim().split("\n");

    const taken = answers.filter(({ errcode }) => errcode === 0).length;
    expect(answers.at(-1)).toMatchObject({ errcode: -1 });
    expect(taken).toBeGreaterThan(0);
    expect(shown).toHaveLength(taken);
    expect(lines.map((line) => JSON.parse(line).entry.id)).toHaveLength(taken);
  });
});

/** Starts a sandbox whose files may have 64 KiB, as on a full disk: a write is cut and then fails. */
async function startLimited(dataFile: string): Promise<string> {
  const command = 'ulimit -f 64; exec "$@"';
  const args = [main, "sandbox", "--port", "0", "--data", dataFile];
  const child = spawn("bash", ["-c", command, "bash", process.execPath, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  return await new Promise((resolve, reject) => {
    child.on("close", () => reject(new Error(`ended: ${said}`)));
    child.stdout.on("data", (text) => {
      said += text;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}

/** Sends messages of 10,000 bytes, ten at most. */
async function sendUntilRefused(url: string): Promise<{ errcode: number }[]> {
  const answers: { errcode: number }[] = [];
  while (answers.length < 10 && (answers.at(-1) ?? okAnswer).errcode === 0) {
    const response = await fetch(`${url}/robot/send?access_token=sandbox`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ msgtype: "text", text: { content: "x".repeat(10_000) } }),
    });
    answers.push(JSON.parse(await response.text()));
  }
  return answers;
}
