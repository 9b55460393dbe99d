import { describe, expect, test } from "vitest";
import { startApp } from "./support/app.ts";
import { startDaprd } from "./support/daprd.ts";
import { phrase, startComponent, startSandbox } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { componentResource, createPlace } from "./support/place.ts";

/** Starts an app and its own daprd, which looks for sockets in a given folder. */
async function startTenant(appId: string, sockets: string, url: string) {
  const place = await createPlace({ sockets });
  const metadata = { id: "robot", url, direction: "input, output" };
  await place.writeResource("robot", componentResource({ name: "robot", metadata }));
  const app = await startApp(() => ({ body: JSON.stringify(appId) }));
  return { app, daprd: await startDaprd({ place, appId, app }) };
}

/** Starts two apps whose daprds share one process of ours. Both read. */
async function startTenants([firstToken, secondToken]: readonly [string, string]) {
  const { sockets } = await createPlace();
  const sandbox = await startSandbox();
  const component = await startComponent({ sockets });
  const first = await startTenant("first", sockets, sandbox.url(firstToken));
  await component.says(phrase.reads);
  const second = await startTenant("second", sockets, sandbox.url(secondToken));
  await component.says(phrase.reads, 2);
  return { sandbox, component, first, second };
}

describe("two daprds on one socket folder", () => {
  test("both send", async () => {
    const { sandbox, first, second } = await startTenants(["sandbox", "sandbox"]);

    const fromFirst = await first.daprd.create("robot", textMessage("from the first"));
    const fromSecond = await second.daprd.create("robot", textMessage("from the second"));

    expect([fromFirst.status, fromSecond.status]).toEqual([200, 200]);
    expect(await sandbox.texts("sandbox")).toEqual(["from the first", "from the second"]);
  });

  test("both read, and each message goes to exactly one", async () => {
    const { component, first, second } = await startTenants(["sandbox", "sandbox"]);
    const calls = Array.from({ length: 20 }, (_, index) => first.daprd.get("robot", index));

    const answers = await Promise.all(calls);

    const eventsOf = ({ app }: typeof first): number[] =>
      app.events.map(({ body }) => Number(body));
    const numbers = [...eventsOf(first), ...eventsOf(second)].sort((one, other) => one - other);
    expect(numbers).toEqual([...calls.keys()]);
    expect(answers.filter(({ text }) => text === '"first"')).toHaveLength(first.app.events.length);
    expect(first.app.events.length).toBe(10);
    expect(component.logged(phrase.secondApp)).toEqual([]);
  });

  test("one keeps reading when the other ends", async () => {
    const { component, first, second } = await startTenants(["sandbox", "sandbox"]);

    await second.daprd.stop();
    await component.says(phrase.stoppedReading);
    const answers = [await first.daprd.get("robot", "one"), await first.daprd.get("robot", "two")];

    expect(answers.map(({ text }) => text)).toEqual(['"first"', '"first"']);
  });

  test("with different robots under one name send each to its own, with a warning", async () => {
    const { sandbox, component, first, second } = await startTenants(["sandbox", "other"]);

    await component.says(phrase.secondApp);
    const fromFirst = await first.daprd.create("robot", textMessage("from the first"));
    await second.daprd.create("robot", textMessage("from the second"));
    const answers = [await first.daprd.get("robot", "x"), await second.daprd.get("robot", "x")];

    expect(component.logged(phrase.secondApp)).toMatchObject([
      { level: "warn", instances: ["robot"] },
    ]);
    expect(fromFirst.status).toBe(200);
    expect(await sandbox.texts("sandbox")).toEqual(["from the first"]);
    expect(answers.map(({ text }) => text)).toEqual(['"first"', '"second"']);
  });
});
