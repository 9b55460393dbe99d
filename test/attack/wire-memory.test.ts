import { type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { openHttp2, serveInto } from "./support/wire-process.ts";

const properties = { id: "a", url: "http://127.0.0.1:1/robot/send" };
const big = Buffer.alloc(4_000_000, "x");

/** The answer of a call: its data, or the code of its failure. */
function outcomeOf(call: Promise<{ data: Buffer }>): Promise<string | number> {
  return call.then(
    ({ data }) => data.toString(),
    ({ code }: ServiceError) => code,
  );
}

describe("64 callers of 4 MB at once", () => {
  test("stay within the memory of the manifests, and the process goes on", async () => {
    const { child, socket, peakMiB } = await serveInto("pipe");
    child.stdout?.resume();
    const daprd = new DaprdClient(socket);
    await daprd.init(properties);
    answerEvents(daprd.read(), () => undefined);

    for (const operation of ["create", "get"]) {
      const calls = Array.from({ length: 64 }, () =>
        outcomeOf(daprd.invoke(operation, big, { deadlineMs: 3000 })),
      );
      await Promise.all(calls);
    }

    // The manifests allow 512 MiB.
    expect(await peakMiB()).toBeLessThan(450);
    expect(await outcomeOf(daprd.invoke("create", ""))).toBe(status.INVALID_ARGUMENT);
  });
});

/** Opens a Read stream and takes nothing from it. */
function readNothing(socket: string): void {
  const request = openHttp2(socket).request({
    ":method": "POST",
    ":path": "/dapr.proto.components.v1.InputBinding/Read",
    "content-type": "application/grpc",
    te: "trailers",
    "x-component-instance": "robot",
  });
  request.on("error", () => {}).pause();
}

describe("a reader that stands still", () => {
  test("does not make the process keep every event", async () => {
    const { child, socket, peakMiB } = await serveInto("pipe");
    const log = { text: "" };
    child.stdout?.on("data", (data) => {
      log.text += data;
    });
    const daprd = new DaprdClient(socket);
    await daprd.init({ ...properties, ackTimeout: "50ms" });
    readNothing(socket);
    await eventually(() => log.text.includes("daprd reads from the component"));

    const outcomes: (string | number)[] = [];
    for (let round = 0; round < 12; round += 1) {
      outcomes.push(await outcomeOf(daprd.invoke("get", big)));
    }

    expect(await peakMiB()).toBeLessThan(250);
    expect(outcomes.at(-1)).toBe(status.RESOURCE_EXHAUSTED);
  });
});
