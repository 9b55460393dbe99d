import { once } from "node:events";
import { readdir, stat, unlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import {
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { describe, expect, onTestFinished, test } from "vitest";
import { askHealth } from "../../src/commands/health-client.ts";
import type { Binding } from "../../src/dapr/binding.ts";
import type { Component } from "../../src/dapr/component.ts";
import { ComponentServer, sharedNameHealth } from "../../src/dapr/component-server.ts";
import { cutOff } from "../../src/dapr/errors.ts";
import { StateFile } from "../../src/dapr/state-file.ts";
import { keepLog, startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually, passTimeUntil } from "../support/eventually.ts";
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

function failOnError(error: Error): void {
  throw error;
}

/** A component whose bindings answer every call with its name and theirs. */
const componentOf = (name: string, own: Partial<Binding> = {}): Component => ({
  names: [name],
  domain: name,
  createBinding: (instance) => ({
    operations: ["echo"],
    init: () => {},
    invoke: async () => ({ data: Buffer.from(`${name} ${instance}`) }),
    close: async () => {},
    ...own,
  }),
});

async function startServer(
  components: readonly Component[],
  { stateFile, mode = 0o666 }: { stateFile?: StateFile; mode?: number } = {},
) {
  const folder = await tempFolder();
  const clock = new FakeClock();
  const { logged, log } = keepLog();
  const server = new ComponentServer({
    program: "test-program",
    sockets: { folder, mode },
    components,
    maxMessageBytes: 4 * 1024 * 1024,
    clock,
    log,
    stateFile,
  });
  await server.start();
  onTestFinished(() => passTimeUntil(clock, server.stop(0)));
  const daprdOf = (name: string): DaprdClient => new DaprdClient(join(folder, `${name}.sock`));
  return { server, folder, clock, logged, daprdOf };
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

    expect(operations).toEqual(["get", "create", "reply"]);
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
    const faulty = componentOf("faulty", {
      invoke: () => Promise.reject(new TypeError("holds a secret")),
    });
    const { daprdOf, logged } = await startServer([faulty]);
    const daprd = daprdOf("faulty");
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

  test("says by a health service which program answers", async () => {
    const { folder } = await startServer([componentOf("one")]);

    const question = { service: "test-program", timeoutMs: 10_000 };
    const answer = await askHealth(join(folder, "one.sock"), question);

    expect(answer).toEqual({ status: "SERVING", failure: undefined });
  });
});

describe("two components of one server", () => {
  test("have instances of their own under one name", async () => {
    const { daprdOf } = await startServer([componentOf("one"), componentOf("two")]);
    await daprdOf("one").initOutput({});
    await daprdOf("two").initOutput({});

    const answers = [
      await daprdOf("one").invoke("echo", "x"),
      await daprdOf("two").invoke("echo", "x"),
    ];

    expect(answers.map(({ data }) => data.toString())).toEqual(["one robot", "two robot"]);
  });

  test("begin their errors with a word of their own", async () => {
    const { daprdOf } = await startServer([componentOf("one"), componentOf("two")]);
    await daprdOf("one").initOutput({});

    const call = daprdOf("two").invoke("echo", "x");

    await expect(call).rejects.toMatchObject({
      details: expect.stringMatching(/^two reason=not-initialized: /),
    });
  });

  test("take up what daprd told each of them before a restart", async () => {
    const path = join(await tempFolder(), "state", "inits.json");
    const openStateFile = (): Promise<StateFile> => StateFile.open(path, failOnError);
    const first = await startServer([componentOf("one"), componentOf("two")], {
      stateFile: await openStateFile(),
    });
    await first.daprdOf("two").initOutput({});
    await passTimeUntil(first.clock, first.server.stop(0));

    const next = await startServer([componentOf("one"), componentOf("two")], {
      stateFile: await openStateFile(),
    });

    const answer = await next.daprdOf("two").invoke("echo", "x");
    expect(answer.data.toString()).toBe("two robot");
    await expect(next.daprdOf("one").operations()).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
    });
  });
});

describe("a binding", () => {
  test("hears when daprd begins and stops to read", async () => {
    const heard: number[] = [];
    const component = componentOf("one", { readersChanged: (open) => heard.push(open) });
    const { daprdOf } = await startServer([component]);
    const daprd = daprdOf("one");
    await daprd.initInput({});
    const first = daprd.read();
    await eventually(() => heard.length === 1 || undefined);
    const second = daprd.read();
    await eventually(() => heard.length === 2 || undefined);

    first.cancel();
    await eventually(() => heard.length === 3 || undefined);
    second.end();
    await eventually(() => heard.length === 4 || undefined);

    expect(heard).toEqual([1, 2, 1, 0]);
  });

  test("is closed once its calls in flight are answered, and hears nothing more", async () => {
    const events: string[] = [];
    let release = (): void => {};
    const component = componentOf("one", {
      invoke: async () => {
        events.push("invoked");
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        events.push("answers");
        return { data: Buffer.from("late") };
      },
      readersChanged: (open) => events.push(`${open} read`),
      close: async () => void events.push("closed"),
    });
    const { daprdOf, server, clock } = await startServer([component]);
    const daprd = daprdOf("one");
    await daprd.init({});
    daprd.read().resume();
    await eventually(() => events.includes("1 read") || undefined);
    const call = daprd.invoke("echo", "x");
    await eventually(() => events.includes("invoked") || undefined);

    const stopped = server.stop(60_000);
    release();
    await call;
    await passTimeUntil(clock, stopped);

    expect(events).toEqual(["1 read", "invoked", "answers", "closed"]);
  });

  test("that does not close is logged and keeps no other from it", async () => {
    const closed: string[] = [];
    const { daprdOf, server, clock, logged } = await startServer([
      componentOf("one", { close: () => Promise.reject(new Error("stuck")) }),
      componentOf("two", { close: async () => void closed.push("two") }),
    ]);
    await daprdOf("one").init({});
    await daprdOf("two").init({});

    await passTimeUntil(clock, server.stop(0));

    expect(closed).toEqual(["two"]);
    expect(logged.filter(({ level }) => level === 50)).toMatchObject([
      { instance: "robot", msg: "a binding did not close" },
    ]);
  });
});

describe("the end of the grace", () => {
  test.each([
    ["in the binding's words", true, "nothing was done yet"],
    ["in its own where the binding stands still", false, "the call may have been done"],
  ])("answers a call in flight %s", async (_case, heeds, words) => {
    let isInvoked = false;
    const component = componentOf("one", {
      invoke: (_request, { signal }) => {
        isInvoked = true;
        return new Promise((_resolve, reject) => {
          if (heeds) signal.addEventListener("abort", () => reject(cutOff(words)));
        });
      },
    });
    const { daprdOf, server, clock } = await startServer([component]);
    const daprd = daprdOf("one");
    await daprd.initOutput({});
    const call = daprd.invoke("echo", "x");
    const answer = call.catch((error: ServiceError) => error);
    await eventually(() => isInvoked || undefined);

    await passTimeUntil(clock, server.stop(1000));

    expect(await answer).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(new RegExp(`^one reason=shutting-down: .*${words}`)),
    });
  });
});

describe("calls in flight", () => {
  test("hold 64 MiB of data at most, and one alone may hold more", async () => {
    const releases: (() => void)[] = [];
    const component = componentOf("one", {
      invoke: () =>
        new Promise((resolve) => releases.push(() => resolve({ data: Buffer.from("ok") }))),
    });
    const { daprdOf } = await startServer([component]);
    const daprd = daprdOf("one");
    await daprd.initOutput({});
    const data = Buffer.alloc(4 * 1024 * 1024);

    const calls = Array.from({ length: 16 }, () => daprd.invoke("echo", data));
    await eventually(() => releases.length === 16 || undefined);
    const refused = daprd.invoke("echo", data);

    await expect(refused).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringMatching(/^one reason=too-many-bytes: /),
    });
    for (const release of releases.splice(0)) release();
    await Promise.all(calls);
    const again = daprd.invoke("echo", data);
    await eventually(() => releases.length === 1 || undefined);
    for (const release of releases) release();
    await expect(again).resolves.toMatchObject({ data: Buffer.from("ok") });
  });
});

describe("a socket", () => {
  test("of another process on the path is neither removed nor taken for ours", async () => {
    const { folder, server, clock } = await startServer([componentOf("one")]);
    const path = join(folder, "one.sock");
    await unlink(path);
    const other = createServer().listen(path);
    await once(other, "listening");
    onTestFinished(() => void other.close());

    const problem = await server.findProblem();
    await passTimeUntil(clock, server.stop(0));

    expect(problem).toBe(`another process took the socket ${path}`);
    expect(await readdir(folder)).toEqual(["one.sock"]);
  });

  test.each([0o666, 0o660, 0o600])("has mode %o and no folder beside it", async (mode) => {
    const { folder } = await startServer([componentOf("one")], { mode });

    expect((await stat(join(folder, "one.sock"))).mode & 0o777).toBe(mode);
    expect(await readdir(folder)).toEqual(["one.sock"]);
  });
});

describe("a health service of shared names", () => {
  test("tells while two apps configure one name differently", async () => {
    const { folder, daprdOf } = await startServer([componentOf("one")]);
    const ask = () =>
      askHealth(join(folder, "one.sock"), { service: sharedNameHealth, timeoutMs: 10_000 });
    await daprdOf("one").init({ url: "first" });
    const alone = await ask();

    const second = daprdOf("one");
    await second.init({ url: "second" });
    const shared = await ask();
    second.close();

    expect([alone.status, shared.status]).toEqual(["SERVING", "NOT_SERVING"]);
    await eventually(async () => (await ask()).status === "SERVING" || undefined);
  });

  test("tells it over a restart, which refuses what it cannot assign", async () => {
    const path = join(await tempFolder(), "state", "inits.json");
    const openStateFile = (): Promise<StateFile> => StateFile.open(path, failOnError);
    const first = await startServer([componentOf("one")], { stateFile: await openStateFile() });
    await first.daprdOf("one").init({ url: "first" });
    await first.daprdOf("one").init({ url: "second" });
    await passTimeUntil(first.clock, first.server.stop(0));

    const next = await startServer([componentOf("one")], { stateFile: await openStateFile() });

    await expect(next.daprdOf("one").invoke("echo", "x")).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringMatching(/^one reason=ambiguous-component: /),
    });
  });
});
