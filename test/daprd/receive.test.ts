import { describe, expect, test } from "vitest";
import { startApp } from "./support/app.ts";
import { phrase } from "./support/executable.ts";
import { oneRobot, startSetup } from "./support/setup.ts";

describe("get through daprd", () => {
  test("reaches the app's route and brings its answer back", async () => {
    const app = await startApp(() => ({ body: '{"order":"taken"}' }));
    const { daprd, component } = await startSetup(oneRobot, { app });
    await component.says(phrase.reads);

    const answer = await daprd.invoke("robot", {
      operation: "get",
      data: { order: 7 },
      metadata: { "order-source": "web" },
    });

    expect(answer).toMatchObject({ status: 200, text: '{"order":"taken"}' });
    expect(app.events).toMatchObject([
      { path: "/robot", body: '{"order":7}', headers: { "order-source": "web" } },
    ]);
  });

  test("asks an app whose component does not name a direction whether it wants events", async () => {
    const app = await startApp();
    const { daprd, component } = await startSetup(
      ({ url }) => [{ name: "robot", metadata: { id: "robot", url: url("sandbox") } }],
      { app },
    );
    await component.says(phrase.reads);

    const { status } = await daprd.get("robot", "event");

    expect(status).toBe(200);
    expect(app.events).toMatchObject([{ path: "/robot", body: '"event"' }]);
  });

  test("fails as the app fails", async () => {
    const app = await startApp(() => ({ status: 422, body: "no such order" }));
    const { daprd, component } = await startSetup(oneRobot, { app });
    await component.says(phrase.reads);

    const { status, text } = await daprd.get("robot", { order: 7 });

    expect(status).toBe(500);
    expect(text).toMatch(/desc = dingtalk reason=app-failed: .*422.*no such order/);
  });

  test("tells that no app reads", async () => {
    const { daprd } = await startSetup(oneRobot);

    const { status, text } = await daprd.get("robot", { order: 7 });

    expect(status).toBe(500);
    expect(text).toContain("code = FailedPrecondition desc = dingtalk reason=no-reader: ");
  });

  test("goes from an output-only component to an input-only one of the same id", async () => {
    const app = await startApp(() => ({ body: '"taken"' }));
    const { daprd, component } = await startSetup(
      ({ url }) => [
        { name: "sender", metadata: { id: "shared", url: url("sandbox"), direction: "output" } },
        { name: "receiver", metadata: { id: "shared", url: url("sandbox"), direction: "input" } },
      ],
      { app },
    );
    await component.says(phrase.reads);

    const answer = await daprd.get("sender", "event");

    expect(answer).toMatchObject({ status: 200, text: '"taken"' });
    expect(app.events).toMatchObject([{ path: "/receiver", body: '"event"' }]);
  });
});

describe("an app that becomes unhealthy and recovers", () => {
  test("is read for again without a new Init, and get works as before", async () => {
    const app = await startApp(() => ({ body: '"taken"' }));
    const { daprd, component } = await startSetup(oneRobot, { app, appHealthCheck: true });
    await component.says(phrase.reads);

    app.isHealthy = false;
    await component.says(phrase.stoppedReading);
    const whileUnhealthy = await daprd.get("robot", "nobody takes it");
    app.isHealthy = true;
    await component.says(phrase.reads, 2);
    const afterwards = await daprd.get("robot", "event");

    expect(whileUnhealthy.text).toContain("dingtalk reason=no-reader: ");
    expect(afterwards).toMatchObject({ status: 200, text: '"taken"' });
    expect(app.events).toMatchObject([{ body: '"event"' }]);
    expect(component.logged(phrase.loaded)).toHaveLength(2);
    expect(component.logged(phrase.loadedAgain)).toEqual([]);
  });
});
