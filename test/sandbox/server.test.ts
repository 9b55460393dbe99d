import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startSandbox } from "../../sandbox/server.ts";
import { createSandbox, received, send } from "./support/sandbox.ts";

const mebibyte = 1024 * 1024;

describe("the server", () => {
  test.each(["/", "/robot", "/robot/send/", "//", "/api"])("knows no path %s", async (path) => {
    const { sandbox } = await createSandbox();

    const response = await fetch(sandbox.url + path);

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ errcode: 404, errmsg: "请求的URI地址不存在" });
  });

  test("names the methods of the API to one who tries another", async () => {
    const { sandbox } = await createSandbox();

    const response = await fetch(`${sandbox.url}/api/messages`, { method: "POST" });

    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, DELETE");
  });

  test("reads a body of exactly 1 MiB", async () => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, { message: " ".repeat(mebibyte) });

    expect(answer.errcode).toBe(40035);
  });

  test.each([
    ["announced", { "Content-Length": String(10 * mebibyte) }],
    ["unannounced", { "Transfer-Encoding": "chunked" }],
  ])("answers a larger, %s body before its end", async (_, headers) => {
    const { sandbox } = await createSandbox();
    const sending = request(`${sandbox.url}/robot/send?access_token=sandbox`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
    });
    sending.on("error", () => {});
    sending.write(Buffer.alloc(mebibyte + 1, " "));

    const [response] = await once(sending, "response");

    expect(response.headers.connection).toBe("close");
    expect(JSON.parse(await text(response))).toMatchObject({ errcode: 460101 });
    expect(await received(sandbox)).toEqual([]);
  });

  test("answers every sender that is still writing a larger body", async () => {
    const { sandbox } = await createSandbox();
    const message = " ".repeat(8 * mebibyte);

    const answers = await Promise.all(Array.from({ length: 10 }, () => send(sandbox, { message })));

    expect(answers.map(({ errcode }) => errcode)).toEqual(Array(10).fill(460101));
  });

  test("survives a sender that closes the connection in the middle of its body", async () => {
    const { sandbox } = await createSandbox();
    const stderr = vi.spyOn(process.stderr, "write");
    onTestFinished(() => stderr.mockRestore());
    const socket = connect(sandbox.port, "127.0.0.1");
    const head = ["POST /robot/send HTTP/1.1", "Host: x", "Content-Length: 9"];
    socket.write([...head, "Expect: 100-continue", "", "{"].join("\r\n"));
    // The server has begun to read the body when it asks for the rest.
    const [beginning] = await once(socket, "data");
    socket.resetAndDestroy();

    const answer = await send(sandbox);

    expect(String(beginning)).toMatch(/^HTTP\/1\.1 100 /);
    expect(answer.errcode).toBe(0);
    expect(stderr).not.toHaveBeenCalled();
  });

  test("ends open connections when it closes, and closes twice", async () => {
    const sandbox = await startSandbox();
    const socket = connect(sandbox.port, "127.0.0.1");
    await once(socket, "connect");
    const isEnded = once(socket, "close");

    await sandbox.close();
    await sandbox.close();

    await expect(isEnded).resolves.toBeDefined();
  });

  test("has a robot without and one with a signature by default", async () => {
    const { sandbox } = await createSandbox();

    const answers = [await send(sandbox), await send(sandbox, { token: "signed" })];

    expect(answers.map(({ errcode }) => errcode)).toEqual([0, 310000]);
  });

  test.each([
    ["a port in use", async () => (await createSandbox()).sandbox.port, "127.0.0.1"],
    ["a host that is not of this machine", async () => 0, "192.0.2.1"],
  ])("does not start on %s", async (_, findPort, host) => {
    const port = await findPort();

    const starting = startSandbox({ host, port });

    await expect(starting).rejects.toMatchObject({ name: "ListenError", code: "CANNOT_LISTEN" });
  });
});
