import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { post } from "../../../src/dingtalk/stream/post.ts";
import { eventually } from "../../support/eventually.ts";
import { rawAnswer, startTcpHost, type TcpHost } from "../../support/tcp-host.ts";

const head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";

function postTo({ host }: Pick<TcpHost, "host">, signal = new AbortController().signal) {
  const url = new URL(`http://${host}/open?a=1`);
  return post({ url, headers: {}, body: Buffer.from("{}"), proxy: undefined, signal });
}

describe("a POST over a connection of its own", () => {
  test("resolves with the whole answer, also a compressed one, and ends its connection", async () => {
    const body = gzipSync("你好");
    const host = await startTcpHost(
      rawAnswer(`${head}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`, body),
    );

    const answer = await postTo(host);

    expect(answer).toEqual({ status: 200, body: "你好" });
    await eventually(() => host.openConnections() === 0);
  });

  test("does not follow a redirect", async () => {
    const host = await startTcpHost(
      rawAnswer("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"),
    );

    const answer = await postTo(host);

    expect(answer).toEqual({ status: 302, body: "" });
    expect(host.connections()).toBe(1);
  });

  test.each([
    ["has more than 1 MiB", [`${head}\r\n`, Buffer.alloc(1024 * 1024 + 1)], "unusable-answer"],
    [
      "is of another coding than it says",
      [`${head}content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}`],
      "unusable-answer",
    ],
    ["is no HTTP", ["220 smtp ready\r\n"], "not-http"],
  ])("fails if the answer %s", async (_case, bytes, reason) => {
    const host = await startTcpHost(rawAnswer(...bytes));

    await expect(postTo(host)).rejects.toMatchObject({ reason });
    await eventually(() => host.openConnections() === 0);
  });

  test("fails if the connection breaks, before and in the answer", async () => {
    const silent = await startTcpHost((socket) => socket.once("data", () => socket.destroy()));
    const half = await startTcpHost((socket) =>
      socket.once("data", () => socket.end(`${head}content-length: 10\r\n\r\n{`)),
    );

    await expect(postTo(silent)).rejects.toMatchObject({ reason: "connection-lost" });
    await expect(postTo(half)).rejects.toMatchObject({ reason: "connection-lost" });
  });

  test("ends its connection when it is given up", async () => {
    const host = await startTcpHost(() => {});
    const giveUp = new AbortController();
    const posting = postTo(host, giveUp.signal);
    await eventually(() => host.spoken());

    giveUp.abort();

    await expect(posting).rejects.toMatchObject({ reason: "cancelled" });
    await eventually(() => host.openConnections() === 0);
  });

  test("opens no connection when it was given up before", async () => {
    const host = await startTcpHost(() => {});

    await expect(postTo(host, AbortSignal.abort())).rejects.toMatchObject({ reason: "cancelled" });
    await eventually(() => host.openConnections() === 0);
    expect(host.spoken()).toBe(false);
  });
});
