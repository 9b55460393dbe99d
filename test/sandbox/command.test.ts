import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { runSandbox, sandboxCommand } from "../../sandbox/command.ts";
import { parseRobots } from "../../sandbox/robot-option.ts";
import { UsageError } from "../../src/base/usage-error.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { createSandbox, hello } from "./support/sandbox.ts";

describe("the sandbox command", () => {
  test("prints its addresses, runs until it is stopped and exits with 0", async () => {
    const console = fakeConsole();
    const running = runSandbox(["--port", "0"], console);
    const greeting = await console.firstOutput;
    const url = /listening on (\S+)$/m.exec(greeting)?.[1];

    const response = await fetch(`${url}/api/messages`);
    console.stop();

    expect(response.status).toBe(200);
    expect(await running).toBe(0);
    expect(greeting.split("\n")).toEqual([
      `sandbox listening on ${url}`,
      `  ${url}/robot/send?access_token=sandbox`,
      `  ${url}/robot/send?access_token=signed (signed)`,
      "",
    ]);
    await expect(fetch(`${url}/api/messages`)).rejects.toBeInstanceOf(TypeError);
  });

  test("simulates the robots of --robot and prints no secret", async () => {
    const console = fakeConsole();
    const args = ["--port=0", "--robot", "token=one,secret=SEC1", "--robot=token=t w o"];
    const running = runSandbox(args, console);

    const greeting = await console.firstOutput;
    console.stop();

    expect(greeting).toMatch(/access_token=one \(signed\)\n.*access_token=t%20w%20o\n$/);
    expect(greeting).not.toContain("SEC1");
    expect(await running).toBe(0);
  });

  test("opens streams for a robot that has a client ID and a client secret", async () => {
    const console = fakeConsole();
    const robot = "token=bot,clientId=dingbot,clientSecret=client-secret";
    const running = runSandbox(["--port=0", "--robot", robot], console);
    const greeting = await console.firstOutput;
    const url = /gatewayUrl (\S+), clientId dingbot$/m.exec(greeting)?.[1];

    const opened = await fetch(`${url}/v1.0/gateway/connections/open`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        clientId: "dingbot",
        clientSecret: "client-secret",
        subscriptions: [{ type: "CALLBACK", topic: "/v1.0/im/bot/messages/get" }],
      }),
    });
    console.stop();

    expect(opened.status).toBe(200);
    expect(greeting).not.toContain("client-secret");
    expect(await running).toBe(0);
  });

  test("exits with 1 and says why when the port is in use", async () => {
    const { sandbox } = await createSandbox();
    const console = fakeConsole();

    const exitCode = await runSandbox(["--port", String(sandbox.port)], console);

    expect(exitCode).toBe(1);
    expect(await console.firstOutput).toContain(`port ${sandbox.port}: the port is in use`);
  });

  test("makes robots of unknown tokens and keeps messages in a file", async () => {
    const data = `${await tempFolder()}/messages.jsonl`;
    const console = fakeConsole();
    const running = runSandbox(["--port=0", "--open", "--data", data], console);
    const url = /listening on (\S+)$/m.exec(await console.firstOutput)?.[1];

    const response = await fetch(`${url}/robot/send?access_token=mine`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(hello),
    });
    console.stop();

    expect(await response.json()).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await running).toBe(0);
    expect(await readFile(data, "utf8")).toContain('"token":"mine"');
  });

  test("exits with 1 and says why when the file cannot be used", async () => {
    const console = fakeConsole();

    const exitCode = await runSandbox(["--port=0", "--data=/"], console);

    expect(exitCode).toBe(1);
    expect(await console.firstOutput).toContain("cannot keep messages in /");
  });

  test.each(["--open", "--data"])("tells of %s in its help", (option) => {
    expect(sandboxCommand.help).toContain(option);
  });

  test.each([
    [["--prot", "1"], "--port"],
    [["--port", "http"], "--port"],
    [["--port", "65536"], "--port"],
    [["--host", ""], "--host"],
    [["--data", ""], "--data"],
    [["--robot", "token=a,keywrd=b"], "keyword"],
    [["--robot", "secret=SEC1"], "token"],
    [["--robot", "token=a", "--robot", "token=a"], "same token"],
  ])("does not understand %j", async (args, hint) => {
    const running = sandboxCommand.run(args);

    await expect(running).rejects.toBeInstanceOf(UsageError);
    await expect(running).rejects.toThrow(hint);
  });
});

describe("--robot", () => {
  test("reads token, secret and any number of keywords", () => {
    const robots = parseRobots(["token=a,secret=SEC=,keyword=k 1,keyword=k2", "token=b"]);

    expect(robots).toEqual([
      { token: "a", secret: "SEC=", keywords: ["k 1", "k2"] },
      { token: "b", keywords: [] },
    ]);
  });

  test.each([
    "",
    "token",
    "token=",
    "token=a,",
    "token=a,token=b",
    "token=a,secret=b,secret=c",
    "Token=a",
    `token=a${",keyword=k".repeat(11)}`,
  ])("refuses %j", (value) => {
    expect(() => parseRobots([value])).toThrow(UsageError);
  });
});

/** Collects what a run says and stops it on demand. */
function fakeConsole() {
  const { promise: firstOutput, resolve: say } = withResolvers<string>();
  const { promise, resolve: stop } = withResolvers<string>();
  return { stdout: say, stderr: say, firstOutput, stopped: () => promise, stop: () => stop("") };
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
