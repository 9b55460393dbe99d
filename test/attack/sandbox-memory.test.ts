import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../sandbox/api/types.ts";
import { type RunningProcess, run } from "../support/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const paths = ["/api/events", "/api/entries", "/api/messages"];
/** The sandbox alone takes 100 MiB with these messages. Queued answers would take 1.5 GB more. */
const maxMegabytes = 450;

describe("a sandbox with a full room", () => {
  test("keeps its memory while 60 readers of 25 MB each do not read", async () => {
    const { sandbox, port } = await startFull();

    const targets = paths.flatMap((path) => Array<string>(20).fill(path));
    await Promise.all(targets.map((path) => openAndIgnore(port, path)));
    const answer = await sendHello(port);

    expect(answer).toEqual({ errcode: 0, errmsg: "ok" });
    expect(residentMegabytes(sandbox)).toBeLessThan(maxMegabytes);
  });

  test("takes messages at once while 50 tests wait for others", async () => {
    const { port } = await startFull();
    const waiting = "/api/messages/wait?contains=nobody-says-this&timeout=60";
    for (let count = 0; count < 50; count += 1) request(port, waiting);
    // The sandbox answers requests in order. So all waits have begun when this one is answered.
    await sendHello(port);
    const startedAt = performance.now();

    for (let count = 0; count < 10; count += 1) await sendHello(port);

    // Searching the whole room for each wait took 20 s.
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});

async function startFull(): Promise<{ sandbox: RunningProcess; port: number }> {
  const dataFile = `${await tempFolder()}/messages.jsonl`;
  await writeFile(dataFile, fullRoom());
  const sandbox = run(["sandbox", "--port", "0", "--data", dataFile]);
  await sandbox.says("/robot/send");
  return { sandbox, port: Number(/127\.0\.0\.1:(\d+)/.exec(sandbox.stdout())?.[1]) };
}

/** A data file with a room of 1,000 messages of 12,000 bytes; each entry holds its message twice. */
function fullRoom(): string {
  const lines = Array.from({ length: 1000 }, (_, index) =>
    JSON.stringify({ entry: entryOf(index + 1) }),
  );
  return `${lines.join("\n")}\n`;
}

function entryOf(id: number): Entry {
  const message = { msgtype: "text", text: { content: `${id} ${"x".repeat(12_000)}` } };
  const receivedAt = new Date(0).toISOString();
  const judgement = { outcome: "accepted", errcode: 0, errmsg: "ok", explanation: null } as const;
  return {
    ...{
      id: String(id),
      token: "sandbox",
      kind: "message",
      via: "robot-send",
      receivedAt,
      ...judgement,
    },
    ...{ fault: null, why: null, message, body: JSON.stringify(message), bodyBytes: 12_000 },
    ...{ request: null, msgUuid: null, lint: [], replyTo: null, callback: null },
    attempts: [{ ...judgement, receivedAt, isRepeat: false, fault: null }],
    mentions: { mobiles: [], userIds: [], dingtalkIds: [], all: false, notPinged: [] },
  };
}

/** Sends a request, waits for the first bytes of the answer, and reads no more. */
async function openAndIgnore(port: number, path: string): Promise<void> {
  const socket = request(port, path);
  await new Promise((resolve) => socket.once("readable", resolve));
}

function request(port: number, path: string): Socket {
  const socket = connect({ port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return socket;
}

async function sendHello(port: number): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/robot/send?access_token=sandbox`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ msgtype: "text", text: { content: "hello" } }),
  });
  return response.json();
}

function residentMegabytes({ child }: RunningProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1024;
}
