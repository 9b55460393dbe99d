import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../daprd/support/ports.ts";
import { clientSecret, json, startGateway } from "../dingtalk/stream/support/gateway.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { run, runToEnd } from "../support/process.ts";
import { acceptMessage, startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { parseSamples } from "./support/scrape.ts";

const text = { msgtype: "text", text: { content: "hello" } };

async function serve(port: number) {
  const folder = await tempFolder();
  const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: folder, DINGTALK_METRICS_PORT: String(port) };
  const running = run(["serve"], env);
  await running.says("ready for daprd");
  const ask = async (path: string): Promise<{ status: number; body: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: await response.text() };
  };
  return { folder, running, ask, socket: join(folder, "dingtalk.webhook.sock") };
}

describe("serve with DINGTALK_METRICS_PORT", () => {
  test("counts what it sends", async () => {
    const robot = await startRobot();
    const { ask, socket } = await serve(await freePort());
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "ops", url: robot.url });

    await daprd.create(text);

    const samples = parseSamples((await ask("/metrics")).body);
    const accepted = 'dingtalk_sends_total{robot="ops",outcome="accepted",reason="",errcode="0"}';
    expect(samples.get(accepted)).toBe(1);
    const posts = 'dingtalk_send_phase_duration_seconds_count{robot="ops",phase="post"}';
    expect(samples.get(posts)).toBe(1);
    expect(samples.get('dingtalk_queue_length{robot="ops"}')).toBe(0);
  });

  test("is alive and ready until a socket is gone", async () => {
    const { ask, socket } = await serve(await freePort());
    const before = [await ask("/healthz"), await ask("/readyz")];

    await unlink(socket);

    expect(before.map(({ status }) => status)).toEqual([200, 200]);
    expect(await ask("/healthz")).toMatchObject({ status: 200 });
    expect(await ask("/readyz")).toEqual({
      status: 503,
      body: `the socket ${socket} does not answer: absent\n`,
    });
  });

  test("is ready without its connection to DingTalk, which no restart mends", async () => {
    const gateway = await startGateway();
    gateway.answer = (response) => json(response, 503, {});
    const { ask, socket } = await serve(await freePort());
    const daprd = new DaprdClient(socket);
    const stream = { receive: "stream", clientId: "dingabc", clientSecret };
    await daprd.init({ id: "ops", ...stream, gatewayUrl: gateway.url.href });
    daprd.read();
    await eventually(() => gateway.opens.length > 0 || undefined);

    const { body } = await ask("/metrics");

    expect(parseSamples(body).get('dingtalk_stream_connections{instance="robot"}')).toBe(0);
    expect(await ask("/readyz")).toEqual({ status: 200, body: "ok\n" });
  });

  test("is alive but not ready while it stops, then ends", async () => {
    let answerIt = (): void => {};
    const robot = await startRobot((response, post) => {
      answerIt = () => acceptMessage(response, post);
    });
    const { ask, running, socket } = await serve(await freePort());
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "ops", url: robot.url });
    const inFlight = daprd.create(text);
    await eventually(() => robot.posts.length === 1 || undefined);

    running.child.kill("SIGTERM");
    await running.says("stopping");
    const answers = [await ask("/readyz"), await ask("/healthz")];
    answerIt();
    await inFlight;

    expect(answers).toMatchObject([{ status: 503 }, { status: 200 }]);
    expect(await running.exit).toBe(0);
  });

  test("does not start on a port that is in use and names it", async () => {
    const port = await freePort();
    await serve(port);

    const second = await runToEnd(["serve"], {
      DAPR_COMPONENTS_SOCKETS_FOLDER: await tempFolder(),
      DINGTALK_METRICS_PORT: String(port),
    });

    expect(second.exit).toBe(1);
    expect(second.stdout).toContain(`cannot listen on the metrics port ${port}: EADDRINUSE`);
  });

  test("ends if it cannot listen on a socket", async () => {
    const { folder } = await serve(await freePort());

    const second = await runToEnd(["serve"], {
      DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
      DINGTALK_METRICS_PORT: String(await freePort()),
    });

    expect(second.exit).toBe(1);
    expect(second.stdout).toContain("another process answers on");
  });

  test.each(["0", "65536", "http", "9464x"])("refuses the port %s", async (port) => {
    const { exit, stderr } = await runToEnd(["serve"], { DINGTALK_METRICS_PORT: port });

    expect(exit).toBe(2);
    expect(stderr).toContain("DINGTALK_METRICS_PORT");
  });

  test("ignores the variable of a Kubernetes service named dingtalk-metrics", async () => {
    const folder = await tempFolder();
    const running = run(["serve"], {
      DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
      DINGTALK_METRICS_PORT: "tcp://10.0.0.1:80",
    });

    await running.says("ready for daprd");

    expect(running.stdout()).not.toContain("metrics and probes are served");
  });
});
