import { once } from "node:events";
import type { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { factsOf } from "../../src/delivery/channel.ts";
import { Connections } from "../../src/dingtalk/connections.ts";
import {
  connectTimeoutMs,
  exchange,
  type HttpAnswer,
  maxConnections,
} from "../../src/dingtalk/http-exchange.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { acceptMessage, startRobot } from "../support/robot.ts";
import { rawAnswer, startTcpHost } from "../support/tcp-host.ts";

const ok = '{"errcode":0,"errmsg":"ok"}';
const head = (length: number, more = ""): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n${more}\r\n`;
const encoded = (bytes: Buffer, coding: string) =>
  rawAnswer(head(bytes.length, `content-encoding: ${coding}\r\n`), bytes);

interface Posting {
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Posts once, as a channel does. */
function post(address: string, posting: Posting = {}): Promise<HttpAnswer> {
  const { env = {}, clock = new FakeClock(), ...limits } = posting;
  const { signal } = new AbortController();
  const url = new URL(address);
  const { host, release } = new Connections(env).lease(url.origin);
  onTestFinished(release);
  return exchange(host, { url, headers: {}, body: Buffer.from("{}"), signal, clock, ...limits });
}

/** The failure of a post: what its caller and what delivery hear. */
async function failureOf(sent: Promise<HttpAnswer>) {
  const error = await sent.then(
    () => new Error("answered"),
    (reason: Error) => reason,
  );
  const { mayHaveArrived, neverReached, repeat, outcome } = factsOf(error);
  return { reason: outcome.reason, message: error.message, mayHaveArrived, neverReached, repeat };
}

describe("a good answer", () => {
  test.each([
    ["after 100 Continue", rawAnswer(`HTTP/1.1 100 Continue\r\n\r\n${head(27)}${ok}`)],
    ["after 103 Early Hints", rawAnswer(`HTTP/1.1 103 Early Hints\r\n\r\n${head(27)}${ok}`)],
    ["with a byte order mark", rawAnswer(`${head(30)}\uFEFF${ok}`)],
    ["in gzip", encoded(gzipSync(ok), "gzip")],
    ["in deflate", encoded(deflateSync(ok), "Deflate")],
    ["in brotli", encoded(brotliCompressSync(ok), "br")],
    ["in no coding", encoded(Buffer.from(ok), "identity")],
    ["in pieces", rawAnswer(...`${head(27)}${ok}`)],
  ])("is read %s", async (_case, onConnection) => {
    const { host } = await startTcpHost(onConnection);

    const { status, body } = await post(`http://${host}/`);

    expect({ status, body }).toEqual({ status: 200, body: ok });
  });

  test("counts that came while this process stood still", async () => {
    const worker = new Worker(
      `const { parentPort } = require("node:worker_threads");
       require("node:http").createServer((request, response) => {
         parentPort.postMessage("asked");
         setTimeout(() => response.end('${ok}'), 50);
       }).listen(0, "127.0.0.1", function () { parentPort.postMessage(this.address().port); });`,
      { eval: true },
    );
    onTestFinished(async () => void (await worker.terminate()));
    const [port] = await once(worker, "message");
    const asked = once(worker, "message");

    const sent = post(`http://127.0.0.1:${port}/`, { clock: systemClock, timeoutMs: 1000 });
    await asked;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100);

    await expect(sent).resolves.toMatchObject({ body: ok });
  });
});

describe("an answer that is none", () => {
  const isLost = { mayHaveArrived: true, neverReached: false };

  test.each([
    ["SSH", "not-http", rawAnswer("SSH-2.0-OpenSSH_9.6\r\n")],
    ["a banner", "not-http", (socket) => void socket.write("220 mail.example ESMTP\r\n")],
    ["zeros", "not-http", rawAnswer(Buffer.alloc(64))],
    ["HTTP/9", "not-http", rawAnswer("HTTP/9 hello\r\n\r\n")],
    ["HTTP/2", "not-http", rawAnswer(Buffer.from("00000604000000000000050000ffff", "hex"))],
    ["a wrong length", "not-http", rawAnswer("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n")],
    [
      "a wrong chunk",
      "not-http",
      rawAnswer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
    ],
    ["endless headers", "not-http", rawAnswer(`HTTP/1.1 200 OK\r\na: ${"a".repeat(20_000)}`)],
    [
      "an upgrade",
      "connection-lost",
      rawAnswer("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    ],
    ["nothing", "connection-lost", (socket) => void socket.on("data", () => socket.end())],
    [
      "a reset",
      "connection-lost",
      (socket) => void socket.on("data", () => socket.resetAndDestroy()),
    ],
    [
      "half a body",
      "connection-lost",
      (socket) => void socket.on("data", () => socket.end(`${head(27)}{`)),
    ],
    ["no gzip", "unusable-answer", encoded(Buffer.from(ok), "gzip")],
    ["a gzip bomb", "unusable-answer", encoded(gzipSync(Buffer.alloc(4 * 1024 * 1024)), "gzip")],
    ["an unknown coding", "unusable-answer", encoded(Buffer.from(ok), "zstd9")],
    ["more than 1 MiB", "unusable-answer", rawAnswer(head(2_000_000), Buffer.alloc(2_000_000))],
  ] satisfies [string, string, Parameters<typeof startTcpHost>[0]][])(
    "is named: %s is %s",
    async (_case, reason, onConnection) => {
      const { host, openConnections } = await startTcpHost(onConnection);

      const failure = await failureOf(post(`http://${host}/`));

      expect(failure).toMatchObject({ reason, ...isLost });
      expect(failure.repeat).toBe(reason === "connection-lost" ? "later" : "never");
      await eventually(() => openConnections() === 0 || undefined);
    },
  );
});

describe("a host that ends every connection", () => {
  test.each<[string, Parameters<typeof startTcpHost>[0], string]>([
    ["at once", (socket) => void socket.end(), "http:"],
    ["with a reset", (socket) => void socket.resetAndDestroy(), "http:"],
    ["at once in the TLS handshake", (socket) => void socket.end(), "https:"],
    ["with a reset in the TLS handshake", (socket) => void socket.resetAndDestroy(), "https:"],
  ])("%s gets one connection for a post", async (_case, onConnection, scheme) => {
    const tcp = await startTcpHost(onConnection);

    const failure = await failureOf(post(`${scheme}//${tcp.host}/`));

    expect(failure.reason).toMatch(/^(connection-lost|connect-failed|tls-failed)$/);
    await eventually(() => tcp.openConnections() === 0 || undefined);
    expect(tcp.connections()).toBe(1);
  });

  test("as soon as a proxy has opened the tunnel, gets one connection for a post", async () => {
    const tcp = await startTcpHost((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    });

    const failure = await failureOf(
      post("http://h.invalid/", { env: { HTTP_PROXY: `http://${tcp.host}` } }),
    );

    expect(failure.reason).toBe("connection-lost");
    await eventually(() => tcp.openConnections() === 0 || undefined);
    expect(tcp.connections()).toBe(1);
  });
});

describe("a post that never left", () => {
  const neverLeft = { mayHaveArrived: false, neverReached: true };
  const silent = (): void => {};
  const tunnel = (socket: Socket): void => {
    socket.once("data", () => socket.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  };

  test.each([
    ["a TLS handshake", "tls-failed", silent, (host: string) => [`https://${host}/`, {}] as const],
    [
      "a CONNECT",
      "proxy-failed",
      silent,
      (host: string) => ["https://h.invalid/", { HTTPS_PROXY: `http://u:pw@${host}` }] as const,
    ],
    [
      "a TLS handshake in a tunnel",
      "tls-failed",
      tunnel,
      (host: string) => ["https://h.invalid/", { HTTPS_PROXY: `http://${host}` }] as const,
    ],
  ])("fails after %s that hangs, and closes its connection", async (_case, reason, host, how) => {
    const clock = new FakeClock();
    const tcp = await startTcpHost(host);
    const [url, env] = how(tcp.host);
    const failure = failureOf(post(url, { env, clock }));
    await eventually(() => tcp.spoken() || undefined);

    clock.advance(connectTimeoutMs);

    expect(await failure).toMatchObject({ reason, ...neverLeft, repeat: "later" });
    await eventually(() => tcp.openConnections() === 0 || undefined);
    expect(clock.waiting).toBe(0);
  });

  test.each([
    ["the caller went away", new Error("gone"), "cancelled"],
    ["the time is up", new DOMException("", "TimeoutError"), "tls-failed"],
  ])("closes its connection at once when %s", async (_case, cause, reason) => {
    const tcp = await startTcpHost(silent);
    const caller = new AbortController();
    const failure = failureOf(post(`https://${tcp.host}/`, { signal: caller.signal }));
    await eventually(() => tcp.openConnections() === 1 || undefined);

    caller.abort(cause);

    expect(await failure).toMatchObject({ reason, ...neverLeft });
    await eventually(() => tcp.openConnections() === 0 || undefined);
  });

  test("waits for one of the host's connections, and then says that none was left", async () => {
    const clock = new FakeClock();
    const tcp = await startTcpHost(silent);
    const url = new URL(`http://${tcp.host}/`);
    const { host, release } = new Connections({}).lease(url.origin);
    onTestFinished(release);
    const callers: AbortController[] = [];
    const send = () => {
      const caller = new AbortController();
      callers.push(caller);
      const { signal } = caller;
      return exchange(host, { url, headers: {}, body: Buffer.from("{}"), signal, clock });
    };
    const held = Array.from({ length: maxConnections }, () => failureOf(send()));
    await eventually(() => tcp.openConnections() === maxConnections || undefined);

    const last = failureOf(send());
    clock.advance(connectTimeoutMs);

    expect(await last).toMatchObject({ reason: "no-connection-left", ...neverLeft });
    expect(tcp.connections()).toBe(maxConnections);
    for (const caller of callers) caller.abort(new Error("gone"));
    await Promise.all(held);
    await eventually(() => tcp.openConnections() === 0 || undefined);
  });

  test("leaves its place to the next", async () => {
    const robot = await startRobot((response, received) =>
      setImmediate(() => acceptMessage(response, received)),
    );
    const url = new URL(robot.url);
    const { host, release } = new Connections({}).lease(url.origin);
    onTestFinished(release);
    const request = { url, headers: {}, body: Buffer.from("{}"), clock: new FakeClock() };

    const sent = Array.from({ length: 3 * maxConnections }, () =>
      exchange(host, { ...request, signal: new AbortController().signal }),
    );
    await Promise.all(sent);

    expect(robot.posts).toHaveLength(3 * maxConnections);
    expect(robot.connections()).toBe(maxConnections);
  });
});
