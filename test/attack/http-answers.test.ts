import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { factsOf } from "../../src/delivery/channel.ts";
import { Connections } from "../../src/dingtalk/connections.ts";
import { exchange } from "../../src/dingtalk/http-exchange.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startTcpHost } from "../support/tcp-host.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Pieces of answers, right and wrong, which a host may send in any order. */
const piece = fc.constantFrom(
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\n",
  "HTTP/1.0 302 Found\r\n",
  "HTTP/9.9 999 ?\r\n",
  "content-length: 27\r\n",
  "content-length: 99999999999999999999\r\n",
  "transfer-encoding: chunked\r\n",
  "content-encoding: gzip\r\n",
  "connection: upgrade\r\nupgrade: websocket\r\n",
  "keep-alive: timeout=0\r\n",
  "date: 275760\r\n",
  "\r\n",
  '{"errcode":0,"errmsg":"ok"}',
  "1b\r\n",
  "0\r\n\r\n",
  "\u0000\u0001",
  "\uFEFF",
);

describe("any answer", () => {
  test("ends the post, and its connection", async () => {
    let answer: readonly string[] = [];
    const tcp = await startTcpHost((socket) => {
      socket.once("data", () => socket.end(answer.join("")));
    });
    const url = new URL(`http://${tcp.host}/`);
    const { host, release } = new Connections({}).lease(url.origin);
    onTestFinished(release);
    const request = { url, headers: {}, body: Buffer.from("{}"), clock: new FakeClock() };

    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        answer = pieces;
        const { signal } = new AbortController();
        const outcome = await exchange(host, { ...request, signal }).then(
          () => "answered",
          (error: unknown) => factsOf(error).outcome.kind,
        );
        expect(["answered", "unreachable"]).toContain(outcome);
      }),
      { numRuns: 500 },
    );

    await eventually(() => tcp.openConnections() === 0 || undefined);
    expect(request.clock.waiting).toBe(0);
  });
});

/** Starts the executable with few file descriptors. */
async function serveWithFiles(limit: number): Promise<string> {
  const folder = await tempFolder();
  const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
  const command = `ulimit -n ${limit}; exec "$0" "$@"`;
  const child = spawn("sh", ["-c", command, process.execPath, main, "serve"], {
    env: { PATH: process.env.PATH ?? "", DAPR_COMPONENTS_SOCKETS_FOLDER: folder },
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (line: Buffer) => line.includes("ready for daprd") && resolve());
  });
  return join(folder, "dingtalk.webhook.sock");
}

describe("a process without a free file descriptor", () => {
  test("says that it is its own trouble, and sends again when there is one", async () => {
    const tcp = await startTcpHost(() => {});
    const socket = await serveWithFiles(64);
    const daprd = new DaprdClient(socket);
    const url = `http://${tcp.host}/robot/send`;
    await daprd.init({ id: "a", url, messagesPerMinute: "0", retries: "0" });
    const callers = Array.from({ length: 80 }, () => new AbortController());

    const sent = callers.map(({ signal }, index) =>
      daprd.create({ msgtype: "text", text: { content: `${index}` } }, { signal }),
    );
    const failure = await Promise.race(sent).catch((error: Error) => error.message);

    expect(failure).toMatch(/reason=no-connection-left: .+: EMFILE; raise this process's limit/);
    for (const caller of callers) caller.abort();
    await Promise.allSettled(sent);
    await eventually(() => tcp.openConnections() === 0 || undefined);
    const before = tcp.connections();
    const again = new AbortController();
    const last = expect(daprd.create("again", { signal: again.signal })).rejects.toThrow();
    await eventually(() => tcp.connections() > before || undefined);
    again.abort();
    await last;
  });
});
