import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import {
  credentials,
  loadPackageDefinition,
  makeClientConstructor,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { service } from "grpc-health-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../daprd/support/ports.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { startRobot } from "../support/robot.ts";
import { openHttp2, serveInto } from "./support/wire-process.ts";

const graceMs = 500;
/** Beyond the grace and the second after it: what a loaded machine may add. */
const slackMs = 1000;

/** A server that takes connections and says nothing. */
async function startMute(): Promise<number> {
  const server = createServer((socket) => void socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  // The address of a TCP server is an object; only pipes have a string.
  return (server.address() as AddressInfo).port;
}

/** Sends the head of an Invoke and a piece of its body. */
function sendHalf(socket: string): void {
  const request = openHttp2(socket).request({
    ":method": "POST",
    ":path": "/dapr.proto.components.v1.OutputBinding/Invoke",
    "content-type": "application/grpc",
    te: "trailers",
    "x-component-instance": "robot",
  });
  request.on("error", () => {});
  request.write(Buffer.from([0, 0, 0, 1, 0, 7]));
}

/** A daprd that stands still: it has spoken HTTP/2 and reads no more. */
function freeze(socket: string): void {
  const connection = connect(socket);
  connection.on("error", () => {});
  connection.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  connection.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  connection.pause();
  onTestFinished(() => void connection.destroy());
}

function watchHealth(socket: string): void {
  const Client = makeClientConstructor(service, "health");
  const client = new Client(`unix:${socket}`, credentials.createInsecure());
  client
    .Watch?.({ service: "" })
    .on("error", () => {})
    .resume();
  onTestFinished(() => client.close());
}

function askForServices(socket: string): void {
  const packageFile = createRequire(import.meta.url).resolve("@grpc/reflection");
  const includeDirs = [join(dirname(packageFile), "..", "proto")];
  const definition = loadSync("grpc/reflection/v1alpha/reflection.proto", { includeDirs });
  // The loader's types know nothing of the file.
  const { grpc } = loadPackageDefinition(definition) as unknown as {
    grpc: { reflection: { v1alpha: { ServerReflection: ServiceClientConstructor } } };
  };
  const Reflection = grpc.reflection.v1alpha.ServerReflection;
  const client = new Reflection(`unix:${socket}`, credentials.createInsecure());
  const call = client.ServerReflectionInfo?.();
  call.on("error", () => {}).resume();
  call.write({ listServices: "" });
  onTestFinished(() => client.close());
}

describe("SIGTERM", () => {
  test("ends the process within a second after the grace, whatever is open", async () => {
    const robot = await startRobot(() => {});
    const { child, socket, exited } = await serveInto("pipe", {
      DINGTALK_SHUTDOWN_GRACE: `${graceMs}ms`,
      DINGTALK_METRICS_PORT: String(await freePort()),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await startMute()}`,
    });
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: robot.url, responseTimeout: "10m" });
    daprd.read().resume();
    for (const open of [sendHalf, freeze, watchHealth, askForServices]) open(socket);
    onTestFinished(() => void silent.destroy());
    const silent = connect(socket);
    silent.on("error", () => {});
    const call = daprd.create({ msgtype: "text", text: { content: "hello" } });
    const failure = call.then(
      () => undefined,
      (error: ServiceError) => error,
    );
    await eventually(() => robot.posts.length === 1);

    const begun = performance.now();
    child.kill("SIGTERM");
    const exit = await exited;

    expect(exit).toBe(0);
    expect(performance.now() - begun).toBeLessThan(graceMs + 1000 + slackMs);
    expect(await failure).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/^dingtalk reason=shutting-down: .*may have arrived/),
    });
  });
});
