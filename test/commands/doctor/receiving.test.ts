import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../../daprd/support/ports.ts";
import { answerEvents, DaprdClient } from "../../support/daprd-client.ts";
import { eventually } from "../../support/eventually.ts";
import { listenHere } from "../../support/listen.ts";
import { run } from "../../support/process.ts";
import { emptyFolder, examine, resourcesOf } from "./support/examine.ts";

const callbackToken = "t0ken-of-the-robot";
const own = { id: "support bot", receive: "http", callbackToken, direction: "input, output" };

/** The program, which receives callbacks for an app that answers each message with the same text. */
async function serve(answer = "") {
  const { folder, env } = await emptyFolder();
  const [callbackPort, metricsPort] = [await freePort(), await freePort()];
  const ports = {
    DINGTALK_CALLBACK_PORT: String(callbackPort),
    DINGTALK_METRICS_PORT: String(metricsPort),
  };
  await run(["serve"], { ...env, ...ports }).says("ready for daprd");
  const daprd = new DaprdClient(join(folder, "dingtalk.webhook.sock"));
  const events: unknown[] = [];
  const load = async (): Promise<void> => {
    await daprd.init(own);
    answerEvents(daprd.read(), (event) => {
      events.push(event);
      return { response_data: Buffer.from(answer) };
    });
  };
  const write = (msgId: string) =>
    fetch(`http://127.0.0.1:${callbackPort}/callback/support%20bot`, {
      method: "POST",
      headers: { token: callbackToken },
      body: JSON.stringify({ msgId, msgtype: "text", text: { content: "hello" } }),
    });
  const args = ["--resources", await resourcesOf(own)];
  return { env: { ...env, ...ports }, args, load, write, events };
}

function startProgram(status: number): Promise<number> {
  const server = createServer((_request, response) => void response.writeHead(status).end());
  return listenHere(server);
}

describe("the doctor on the callback port", () => {
  test("is content with a port that knows the component, before and after it was not", async () => {
    const { env, args, load } = await serve();
    const { of: before } = await examine(env, args);

    await load();
    const { of: after } = await examine(env, args);

    expect(before("callback-port")).toMatchObject([
      { level: "warning", message: expect.stringContaining("knows no component") },
    ]);
    expect(after("callback-port")).toMatchObject([{ level: "ok" }]);
  });

  test("finds a missing port", async () => {
    const { env } = await emptyFolder();

    const { of } = await examine(env, ["--resources", await resourcesOf(own)]);

    expect(of("callback-port")).toMatchObject([
      { level: "problem", message: expect.stringContaining("DINGTALK_CALLBACK_PORT is not set") },
    ]);
  });

  test("does not ask for an id that only daprd reads", async () => {
    const { env } = await emptyFolder();
    const id = { secretKeyRef: { name: "ids" } };
    const args = ["--resources", await resourcesOf({ ...own, id })];

    const { of } = await examine({ ...env, DINGTALK_CALLBACK_PORT: "1" }, args);

    expect(of("callback-port")).toMatchObject([{ level: "ok" }]);
  });

  test.each([
    ["nobody", () => freePort(), {}, "nobody answers"],
    ["another program", () => startProgram(500), {}, "HTTP 500"],
    ["another program", () => startProgram(503), { DINGTALK_CALLBACK_HOST: "0.0.0.0" }, "HTTP 503"],
    ["nobody", () => startProgram(200), { DINGTALK_CALLBACK_HOST: "::1" }, "nobody answers"],
  ])("warns of %s on the port", async (_who, findPort, host, message) => {
    const { env } = await emptyFolder();
    const port = { DINGTALK_CALLBACK_PORT: String(await findPort()) };
    const args = ["--resources", await resourcesOf(own)];

    const { of } = await examine({ ...env, ...port, ...host }, args);

    expect(of("callback-port")).toMatchObject([
      { level: "warning", message: expect.stringContaining(message) },
    ]);
  });
});

describe("the doctor on an app's answers", () => {
  test("warns of an app that answers OK, and writes nothing to it", async () => {
    const { env, args, load, write, events } = await serve("OK");
    await load();
    const { of: before } = await examine(env, args);
    const eventsBefore = events.length;

    await Promise.all([write("m1"), write("m2")]);
    const { of, exit } = await eventually(async () => {
      const examined = await examine(env, args);
      return examined.of("app-answers")[0]?.level === "warning" ? examined : undefined;
    });

    expect(eventsBefore).toBe(0);
    expect(before("app-answers")).toMatchObject([{ level: "ok" }]);
    expect(of("app-answers")).toMatchObject([{ message: expect.stringContaining("robot") }]);
    expect(events).toHaveLength(2);
    expect(exit).toBe(1);
  });

  test.each([
    [{}, "set DINGTALK_METRICS_PORT"],
    [{ DINGTALK_METRICS_PORT: "1" }, ""],
  ])("says that it did not look with %j", async (env, remedy) => {
    const { env: sockets } = await emptyFolder();
    const args = ["--resources", await resourcesOf(own)];

    const { of } = await examine({ ...sockets, ...env }, args);

    expect(of("app-answers")).toMatchObject([
      { level: "skipped", remedy: expect.stringContaining(remedy) },
    ]);
  });

  test("are of no matter to a component that does not receive", async () => {
    const { env } = await emptyFolder();
    const url = "http://127.0.0.1:1/robot/send?access_token=t";

    const { of } = await examine(env, ["--resources", await resourcesOf({ id: "a", url })]);

    expect([...of("app-answers"), ...of("callback-port"), ...of("stream")]).toEqual([]);
  });
});
