import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { ComponentServer } from "../../src/dapr/component-server.ts";
import { socketPath } from "../../src/dapr/sockets.ts";
import { describeError } from "../../src/telemetry/log.ts";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { tempFolder } from "../support/temp-folder.ts";

const packageFile = createRequire(import.meta.url).resolve("@grpc/reflection");
const protoFolder = join(dirname(packageFile), "..", "proto");
const properties = { id: "a", url: "http://127.0.0.1:1/robot/send" };

/** Asks a server for its services, as daprd does. */
function listServices(socket: string, version: string): Promise<string[]> {
  const file = `grpc/reflection/${version}/reflection.proto`;
  // The loader's types know nothing of the file.
  const definition = loadPackageDefinition(loadSync(file, { includeDirs: [protoFolder] }));
  const { grpc } = definition as unknown as {
    grpc: { reflection: Record<string, { ServerReflection: ServiceClientConstructor }> };
  };
  const Reflection = grpc.reflection[version]?.ServerReflection ?? expect.fail(`no ${version}`);
  const client = new Reflection(`unix:${socket}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return new Promise((resolve, reject) => {
    const call = client.ServerReflectionInfo?.();
    call.on("error", reject);
    call.on("data", (answer: { listServicesResponse: { service: { name: string }[] } }) => {
      resolve(answer.listServicesResponse.service.map(({ name }) => name));
      call.end();
    });
    call.write({ listServices: "" });
  });
}

describe("a component server", () => {
  test.each(["v1", "v1alpha"])("tells its services by reflection %s", async (version) => {
    const { socket } = await startComponent();

    const services = await listServices(socket, version);

    expect(services).toEqual(
      expect.arrayContaining([
        "dapr.proto.components.v1.InputBinding",
        "dapr.proto.components.v1.OutputBinding",
      ]),
    );
  });

  test("keeps what daprd told when the connection goes", async () => {
    const { socket } = await startComponent();
    const first = new DaprdClient(socket);
    await first.init(properties);
    first.close();

    const call = new DaprdClient(socket).invoke("create", "hi", { metadata: { retries: "0" } });

    await expect(call).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });

  test.each([null, ""])("takes the instance %j for the default one", async (instance) => {
    const { socket } = await startComponent();
    const initialized = new DaprdClient(socket, instance);
    await initialized.init(properties);

    const operations = await new DaprdClient(socket, "").operations();

    expect(operations).toEqual(["get", "create"]);
  });

  test.each([
    ["more than 4 MiB by default", {}, status.RESOURCE_EXHAUSTED],
    ["nothing of that size when told so", { maxMessageBytes: 8e6 }, status.INVALID_ARGUMENT],
  ])("refuses to receive %s", async (_case, options, code) => {
    const { socket } = await startComponent(options);
    const daprd = new DaprdClient(socket);
    await daprd.init(properties);

    const call = daprd.invoke("create", "x".repeat(4 * 1024 * 1024 + 1));

    await expect(call).rejects.toMatchObject({ code });
  });

  test("answers INTERNAL once and logs once when a handler throws, and stays up", async () => {
    const sockets = { folder: await tempFolder(), names: ["faulty"], mode: 0o666 };
    const logged: Record<string, unknown>[] = [];
    const write = (line: string): void => void logged.push(JSON.parse(line));
    const server = new ComponentServer({
      sockets,
      createBinding: () => ({
        operations: ["create"],
        init: () => {},
        invoke: () => Promise.reject(new TypeError("holds a secret")),
      }),
      domain: "faulty",
      maxMessageBytes: 4 * 1024 * 1024,
      clock: new FakeClock(),
      log: pino({ serializers: { err: describeError } }, { write }),
    });
    await server.start();
    onTestFinished(() => void server.stop(0));
    const daprd = new DaprdClient(socketPath(sockets, "faulty"));
    await daprd.init({});

    const call: Promise<unknown> = daprd.invoke("create", "hi");

    const error = await call.catch((reason: ServiceError) => reason);
    expect(error).toMatchObject({
      code: status.INTERNAL,
      details: "faulty reason=internal: internal error",
    });
    expect(logged.filter(({ level }) => level === 50)).toMatchObject([
      { msg: "a handler failed", err: { type: "TypeError" } },
    ]);
    expect(JSON.stringify(logged)).not.toContain("holds a secret");
    await expect(daprd.ping()).resolves.toBeUndefined();
  });
});
