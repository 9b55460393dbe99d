import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { PortError } from "../../src/base/port-error.ts";
import { Siblings } from "../../src/binding/siblings.ts";
import { Readers } from "../../src/dapr/readers.ts";
import { createBindingFactory, createSidecar } from "../../src/sidecar/sidecar.ts";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually, passTimeUntil } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";

const log = pino({ level: "silent" });

describe("a sidecar", () => {
  test("that cannot open its metrics port closes again what it opened", async () => {
    const robot = await startRobot();
    const clock = new FakeClock();
    const sidecar = await createSidecar({
      sockets: { folder: await tempFolder(), names: ["one"], mode: 0o666 },
      metricsPort: Number(new URL(robot.url).port),
      clock,
      log,
    });

    const started = passTimeUntil(clock, sidecar.start());

    await expect(started).rejects.toThrow(PortError);
    expect(clock.waiting).toBe(0);
  });

  test("that cannot make its sockets leaves those of others alone", async () => {
    const { sockets, socket } = await startComponent();
    const clock = new FakeClock();
    const sidecar = await createSidecar({ sockets, clock, log });

    const started = passTimeUntil(clock, sidecar.start());

    await expect(started).rejects.toThrow("another process answers");
    await expect(new DaprdClient(socket).ping()).resolves.toBeUndefined();
  });
});

describe("a binding that is closed", () => {
  test("closes its connections and is no sibling any more", async () => {
    const robot = await startRobot();
    const siblings = new Siblings();
    const clock = new FakeClock();
    const { createBinding, delivery } = createBindingFactory({ clock, log }, siblings);
    onTestFinished(() => delivery.close());
    const binding = createBinding("robot", new Readers(clock, log));
    binding.init({ direction: "output", properties: { id: "a", url: robot.url } });
    await binding.invoke(
      { operation: "create", data: Buffer.from("hello"), metadata: {} },
      {
        ...{ instance: "robot", componentType: "bindings.dingtalk.webhook" },
        ...{ signal: new AbortController().signal, timeLeftMs: Number.POSITIVE_INFINITY },
      },
    );
    expect(await robot.openConnections()).toBe(1);

    await binding.close();

    await eventually(async () => (await robot.openConnections()) === 0 || undefined);
    expect(siblings.statuses()).toEqual([]);
  });
});
