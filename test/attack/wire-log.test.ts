import { open } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { DaprdClient } from "../support/daprd-client.ts";
import { serveInto } from "./support/wire-process.ts";

const properties = { id: "a", url: "http://127.0.0.1:1/robot/send" };

async function openFull(): Promise<number> {
  const file = await open("/dev/full", "w");
  onTestFinished(() => file.close());
  return file.fd;
}

describe("a log that cannot be written", () => {
  test.each([
    ["whose disk is full", async () => serveInto(await openFull())],
    [
      "whose collector is gone",
      async () => {
        const served = await serveInto("pipe");
        served.child.stdout?.destroy();
        return served;
      },
    ],
    ["whose collector does not read", async () => serveInto("pipe")],
  ])("%s burns nothing and lets the process serve and end", async (_case, start) => {
    const { child, socket, exited, cpuMs, peakMiB } = await start();
    const daprd = new DaprdClient(socket);
    const inits = Array.from({ length: 500 }, () => daprd.initOutput(properties));
    await Promise.all(inits);
    await wait(100);

    const before = await cpuMs();
    await wait(300);
    const burnt = (await cpuMs()) - before;
    const operations = await daprd.operations();
    child.kill("SIGTERM");

    expect(burnt).toBeLessThan(100);
    expect(operations).toEqual(["get", "create", "reply"]);
    expect(await exited).toBe(0);
    expect(await peakMiB().catch(() => 0)).toBeLessThan(300);
  });
});
