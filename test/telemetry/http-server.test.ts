import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTelemetryServer } from "../../src/telemetry/http-server.ts";
import { freePort } from "../daprd/support/ports.ts";
import { eventually } from "../support/eventually.ts";

interface Sources {
  readonly metrics?: () => Promise<string>;
  readonly problem?: string | undefined;
}

async function start({ metrics = async () => "a 1\n", problem }: Sources = {}): Promise<string> {
  const server = createTelemetryServer({
    metrics: { contentType: "text/plain; version=0.0.4", text: metrics },
    findProblem: async () => problem,
  });
  const port = await freePort();
  await server.listen("metrics", { port });
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${port}`;
}

async function ask(url: string, method = "GET"): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { method });
  return { status: response.status, body: await response.text() };
}

describe("the server of metrics and probes", () => {
  test("serves the metrics under their content type", async () => {
    const origin = await start();

    const response = await fetch(`${origin}/metrics`);

    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    expect(await response.text()).toBe("a 1\n");
  });

  test.each([
    ["GET", "/healthz", undefined, { status: 200, body: "ok\n" }],
    ["GET", "/healthz", "the component is stopping", { status: 200, body: "ok\n" }],
    ["GET", "/readyz", undefined, { status: 200, body: "ok\n" }],
    ["GET", "/readyz?verbose", undefined, { status: 200, body: "ok\n" }],
    [
      "GET",
      "/readyz",
      "the component is stopping",
      { status: 503, body: expect.stringMatching(/stopping/) },
    ],
    ["HEAD", "/metrics", undefined, { status: 200, body: "" }],
    ["POST", "/metrics", undefined, { status: 405, body: expect.stringMatching(/GET and HEAD/) }],
    ["GET", "/", undefined, { status: 404, body: expect.stringMatching(/\/metrics/) }],
    ["GET", "/metrics/x", undefined, { status: 404, body: expect.stringMatching(/\/metrics/) }],
  ] as const)("answers %s %s where the problem is %s", async (method, path, problem, answer) => {
    const origin = await start({ problem });

    const { status, body } = await ask(`${origin}${path}`, method);

    expect({ status, body }).toEqual(answer);
  });

  test("hides the text of an internal error", async () => {
    const origin = await start({ metrics: () => Promise.reject(new Error("secret")) });

    const answer = await ask(`${origin}/metrics`);

    expect(answer).toEqual({ status: 500, body: "internal error\n" });
  });

  test("refuses a port that is in use and names it", async () => {
    const port = Number(new URL(await start()).port);
    const metrics = { contentType: "", text: async () => "" };
    const second = createTelemetryServer({ metrics, findProblem: async () => undefined });

    const listening = second.listen("metrics", { port });

    await expect(listening).rejects.toMatchObject({
      code: "PORT",
      message: expect.stringContaining(`the metrics port ${port}`),
    });
  });
});

describe("a flood of connections", () => {
  test("is bounded, and half a request ends", async () => {
    const { port } = new URL(await start());
    const sockets = Array.from({ length: 200 }, () => connect(Number(port), "127.0.0.1"));
    onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
    let closed = 0;
    for (const socket of sockets) {
      socket
        .on("error", () => {})
        .on("close", () => {
          closed += 1;
        });
      socket.resume().write("GET /healthz HTTP/1.1\r\n");
    }

    await eventually(() => closed === 136 || undefined);
    await eventually(() => closed === 200 || undefined);

    expect(await ask(`http://127.0.0.1:${port}/healthz`)).toEqual({ status: 200, body: "ok\n" });
  });
});
