import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startApp } from "./support/app.ts";
import { hangAfterMs } from "./support/child.ts";
import { type Answer, type Daprd, startDaprd } from "./support/daprd.ts";
import { phrase, startComponent } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { componentResource } from "./support/place.ts";
import { oneRobot, startSetup } from "./support/setup.ts";

const signals = ["SIGTERM", "SIGKILL"] as const;

/** Sends until an answer holds a text. */
async function createUntil(daprd: Daprd, text: string): Promise<Answer> {
  return await eventually(async () => {
    const answer = await daprd.create("robot", textMessage("is anybody there?"));
    return answer.text.includes(text) ? answer : undefined;
  }, hangAfterMs);
}

describe("a component whose daprd is restarted", () => {
  test.each(signals)("sends and reads as before, after %s", async (signal) => {
    const app = await startApp(() => ({ body: '"taken"' }));
    const { place, daprd, component, sandbox } = await startSetup(oneRobot, { app });
    await component.says(phrase.reads);

    await daprd.stop(signal);
    await component.says(phrase.stoppedReading);
    const restarted = await startDaprd({ place, app });
    await component.says(phrase.loadedAgain, 2);
    await component.says(phrase.reads, 2);
    const sent = await restarted.create("robot", textMessage("hello again"));
    const got = await restarted.get("robot", "event");

    expect(sent.status).toBe(200);
    expect(got).toMatchObject({ status: 200, text: '"taken"' });
    expect(app.events).toMatchObject([{ body: '"event"' }]);
    expect(await sandbox.texts("sandbox")).toEqual(["hello again"]);
    expect(component.logged(phrase.loadedAgain)).toHaveLength(2);
  });
});

describe("a component that is restarted", () => {
  test.each(signals)("sends nothing until daprd is restarted, too, after %s", async (signal) => {
    const { place, daprd, component, sandbox } = await startSetup(oneRobot);

    await component.stop(signal);
    await startComponent(place);
    const refused = await createUntil(daprd, "reason=not-initialized");
    await daprd.stop();
    const restarted = await startDaprd({ place });
    const sent = await restarted.create("robot", textMessage("hello again"));

    expect(refused.status).toBe(500);
    expect(refused.text).toContain(
      "code = FailedPrecondition desc = dingtalk reason=not-initialized: ",
    );
    expect(sent.status).toBe(200);
    expect(await sandbox.texts("sandbox")).toEqual(["hello again"]);
  });

  test("sends and reads again as soon as the YAML changes", async () => {
    const app = await startApp(() => ({ body: '"taken"' }));
    const { place, daprd, component, sandbox } = await startSetup(oneRobot, { app });
    await component.says(phrase.reads);
    await component.stop("SIGKILL");
    const restarted = await startComponent(place);
    await createUntil(daprd, "reason=not-initialized");
    const [robot] = oneRobot(sandbox);
    const { name, metadata } = robot ?? expect.fail("no component");

    await place.writeResource(
      name,
      componentResource({ name, metadata: { ...metadata, maxQueue: "50" } }),
    );
    await restarted.says(phrase.reads);
    const sent = await createUntil(daprd, "errcode");
    const got = await daprd.get("robot", "event");

    expect(sent.status).toBe(200);
    expect(got).toMatchObject({ status: 200, text: '"taken"' });
  });
});
