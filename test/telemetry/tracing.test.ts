import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { signCallback } from "../../src/dingtalk/callback.ts";
import { freePort } from "../daprd/support/ports.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningProcess, run } from "../support/process.ts";
import { type Answer, acceptMessage, jsonAnswer, startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from "./support/otlp-receiver.ts";

const text = { msgtype: "text", text: { content: "words of the message" } };
const invoke = "dapr.proto.components.v1.OutputBinding/Invoke";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";
const sampled = `00-${traceId}-${parentId}-01`;
const soon = { OTEL_BSP_SCHEDULE_DELAY: "20" };

async function serve(env: Record<string, string>) {
  const folder = await tempFolder();
  const running = run(["serve"], { DAPR_COMPONENTS_SOCKETS_FOLDER: folder, ...env });
  await running.says("ready for daprd");
  return { running, socket: join(folder, "dingtalk.webhook.sock") };
}

async function startTraced(answer: Answer = acceptMessage, env: Record<string, string> = soon) {
  const receiver = await startOtlpReceiver();
  const robot = await startRobot(answer);
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const { running, socket } = await serve({ ...endpoint, ...env });
  const daprd = new DaprdClient(socket);
  await daprd.init({ id: "ops", url: robot.url, secret: "SECconfidential" });
  const create = async (traceparent: string): Promise<void> => {
    await daprd.create(text, { metadata: { traceparent } }).catch(() => {});
  };
  return { receiver, robot, running, daprd, create };
}

/** The received spans by name, once there are `count` of them. */
async function spansOf(
  { spans }: OtlpReceiver,
  count: number,
): Promise<Record<string, ReceivedSpan[]>> {
  await eventually(() => spans.length >= count || undefined);
  const names = new Set(spans.map(({ name }) => name));
  return Object.fromEntries([...names].map((name) => [name, spans.filter((s) => s.name === name)]));
}

describe("a call's spans", () => {
  test("continue the trace that daprd passes on", async () => {
    const { receiver, create } = await startTraced();

    await create(sampled);

    const { [invoke]: calls, "wait for budget": waits, POST: posts } = await spansOf(receiver, 3);
    const common = { traceId, service: "dapr-dingtalk-webhook" };
    expect(calls).toMatchObject([{ ...common, parentId, kind: "SERVER", status: "UNSET" }]);
    const within = { ...common, parentId: calls?.[0]?.spanId };
    expect(waits).toMatchObject([{ ...within, kind: "INTERNAL" }]);
    expect(posts).toMatchObject([{ ...within, kind: "CLIENT" }]);
  });

  test("name component, robot and answer, and only the host of the address", async () => {
    const { receiver, create } = await startTraced();

    await create(sampled);

    const { [invoke]: calls, POST: posts } = await spansOf(receiver, 3);
    expect(calls?.[0]?.attributes).toEqual({
      "rpc.system.name": "grpc",
      "rpc.method": invoke,
      "dapr.component": "robot",
      "dapr.operation": "create",
      "dingtalk.robot": "ops",
      "dingtalk.outcome": "accepted",
      "dingtalk.errcode": 0,
    });
    expect(posts?.[0]?.attributes).toEqual({
      "http.request.method": "POST",
      "server.address": "127.0.0.1",
      "dingtalk.outcome": "accepted",
      "dingtalk.errcode": 0,
    });
  });

  test("show each retry with its reason, then the failure", async () => {
    const { receiver, create } = await startTraced(jsonAnswer({}, 502));

    await create(sampled);

    const { [invoke]: calls, POST: posts } = await spansOf(receiver, 7);
    const failed = {
      status: "ERROR",
      attributes: { "dingtalk.outcome": "unreachable", "error.type": "http-error" },
    };
    const retry = { name: "retry", attributes: { "error.type": "http-error" } };
    expect(calls).toMatchObject([{ ...failed, events: [retry, retry] }]);
    expect(posts).toMatchObject([failed, failed, failed]);
    expect(posts?.[0]?.attributes["http.response.status_code"]).toBe(502);
  });

  test.each([
    ["zeros, which daprd sends if its tracing is off", `00-${"0".repeat(32)}-${"0".repeat(16)}-00`],
    ["a malformed traceparent", "00-xyz"],
    ["nothing", ""],
  ])("begin a trace after %s", async (_case, traceparent) => {
    const { receiver, create } = await startTraced();

    await create(traceparent);

    const { [invoke]: calls } = await spansOf(receiver, 3);
    expect(calls?.[0]).toMatchObject({ parentId: "", traceId: expect.stringMatching(/[1-9a-f]/) });
  });

  test("are not made for a trace that is not sampled", async () => {
    const { receiver, create } = await startTraced();
    const next = "0af7651916cd43dd8448eb211c80319c";

    await create(sampled.replace(/01$/, "00"));
    await create(sampled.replace(traceId, next));

    await spansOf(receiver, 3);
    expect(new Set(receiver.spans.map((span) => span.traceId))).toEqual(new Set([next]));
  });

  test("tell a repeat from what was posted", async () => {
    const { receiver, daprd } = await startTraced();
    const keyed = { metadata: { traceparent: sampled, msgUuid: "key" } };

    await daprd.create(text, keyed);
    await daprd.create(text, keyed);

    const { [invoke]: calls, POST: posts } = await spansOf(receiver, 4);
    const duplicates = calls?.map(({ attributes }) => attributes["dingtalk.duplicate"]);
    expect(duplicates).toEqual([undefined, true]);
    expect(posts).toHaveLength(1);
  });

  test("are delivered when the process ends", async () => {
    const { receiver, running, create } = await startTraced(acceptMessage, {
      OTEL_BSP_SCHEDULE_DELAY: "3600000",
      OTEL_SERVICE_NAME: "my-robots",
    });
    await create(sampled);
    const before = receiver.spans.length;

    running.child.kill("SIGTERM");

    expect(await running.exit).toBe(0);
    expect(before).toBe(0);
    expect(receiver.spans.map(({ service }) => service)).toEqual(Array(3).fill("my-robots"));
  });

  test("hold no token, secret, signature or message", async () => {
    const { receiver, robot, create } = await startTraced((response, { query, body }) => {
      jsonAnswer({ errcode: 310000, errmsg: `sign not match ${query} ${body}` })(
        response,
        undefined as never,
      );
    });

    await create(sampled);

    await spansOf(receiver, 3);
    const raw = receiver.raw().toString("latin1");
    const signature = robot.posts[0]?.query.get("sign") ?? "";
    expect(signature.length).toBeGreaterThan(20);
    expect(raw).toContain("sign-mismatch");
    for (const secret of ["token-1", "SECconfidential", signature, "words of", "robot/send"]) {
      expect(raw).not.toContain(secret);
    }
  });
});

describe("a received message", () => {
  const secrets = ["words of a person", "session=secret", "nick", "client-secret"];
  const [content, session, senderNick, clientSecret = ""] = secrets;

  test("begins a trace that goes on to daprd, and is counted", async () => {
    const receiver = await startOtlpReceiver();
    const [port, metricsPort] = [await freePort(), await freePort()];
    const { socket } = await serve({
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...soon },
      ...{ DINGTALK_CALLBACK_PORT: `${port}`, DINGTALK_METRICS_PORT: `${metricsPort}` },
    });
    const daprd = new DaprdClient(socket);
    await daprd.initInput({ id: "ops", receive: "http", clientSecret });
    const events = answerEvents(daprd.read(), () => ({}));
    const sessionWebhook = `https://oapi.dingtalk.com/robot/sendBySession?${session}`;
    const body = { msgId: "1", msgtype: "text", text: { content }, senderNick, sessionWebhook };
    const timestamp = `${Date.now()}`;
    const headers = { timestamp, sign: signCallback(timestamp, clientSecret) };

    const response = await eventually(async () => {
      const call = { method: "POST", headers, body: JSON.stringify(body) };
      const answer = await fetch(`http://127.0.0.1:${port}/callback/ops`, call);
      return answer.status === 200 || undefined;
    });
    const { "receive message": receipts, "answer message": answers } = await spansOf(receiver, 2);
    const scrape = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();

    expect(response).toBe(true);
    const [receipt] = receipts ?? [];
    expect(receipt).toMatchObject({ parentId: "", kind: "CONSUMER", status: "UNSET" });
    const { traceId, spanId } = receipt ?? expect.fail("no receipt");
    expect(events[0]?.metadata.traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(answers).toMatchObject([{ traceId, parentId: spanId }]);
    const sample = 'dingtalk_received_total{instance="robot",via="http",outcome="accepted"} 1';
    expect(scrape).toContain(sample);
    const seen = receiver.raw().toString("latin1") + scrape;
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
  });
});

describe("what is not asked for", () => {
  const watched = ["sdk-trace", "prom-client"];
  const loadedBy = ({ stderr }: RunningProcess): string[] =>
    watched.filter((name) => stderr().includes(`/${name}/`));

  test("is not loaded", async () => {
    const { running } = await serve({ NODE_DEBUG: "module" });

    expect(loadedBy(running)).toEqual([]);
  });

  test("is loaded when it is", async () => {
    const { running } = await serve({
      NODE_DEBUG: "module",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces",
      DINGTALK_METRICS_PORT: String(await freePort()),
    });

    expect(loadedBy(running)).toEqual(watched);
  });
});

describe("tracing", () => {
  test.each([
    { OTEL_SDK_DISABLED: "true" },
    { OTEL_TRACES_EXPORTER: "none" },
    { OTEL_TRACES_SAMPLER: "always_off" },
  ])("is off with %j", async (off) => {
    const { receiver, running, create } = await startTraced(acceptMessage, { ...soon, ...off });

    await create(sampled);
    running.child.kill("SIGTERM");

    expect(await running.exit).toBe(0);
    expect(receiver.spans).toEqual([]);
  });

  test("uses only an SDK that was loaded before", async () => {
    const sdk = fileURLToPath(new URL("support/preloaded-sdk.mjs", import.meta.url));

    const { receiver, running, create } = await startTraced(acceptMessage, {
      ...soon,
      NODE_OPTIONS: `--import ${sdk}`,
    });
    await create(sampled);

    await running.says(`preloaded SDK: ${invoke} of ${traceId}`);
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(receiver.spans).toEqual([]);
  });

  test("logs that a collector does not answer, and sends all the same", async () => {
    const robot = await startRobot();
    const { running, socket } = await serve({
      ...soon,
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_EXPORTER_OTLP_TIMEOUT: "100",
    });
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "ops", url: robot.url });

    await daprd.create(text, { metadata: { traceparent: sampled } });

    await running.says("cannot deliver traces");
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
  });

  test("warns that it does not speak gRPC", async () => {
    const receiver = await startOtlpReceiver();

    const { running } = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    });

    expect(running.stdout()).toContain("traces go as http/protobuf all the same");
  });
});
