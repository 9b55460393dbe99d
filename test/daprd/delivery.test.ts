import { describe, expect, test } from "vitest";
import { jsonAnswer, startRobot } from "../support/robot.ts";
import { startDaprd } from "./support/daprd.ts";
import { startComponent, startSandbox } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { componentResource, createPlace } from "./support/place.ts";
import { tracingConfiguration } from "./support/tracing-configuration.ts";

const stubborn = {
  apiVersion: "dapr.io/v1alpha1",
  kind: "Resiliency",
  metadata: { name: "stubborn" },
  spec: {
    policies: { retries: { often: { policy: "constant", duration: "100ms", maxRetries: 5 } } },
    targets: { components: { robot: { outbound: { retry: "often" } } } },
  },
};

const tracing = tracingConfiguration();

async function startWithRetries(url: string, metadata: Record<string, string> = {}) {
  const place = await createPlace();
  await place.writeResource("stubborn", stubborn);
  const resource = componentResource({
    name: "robot",
    metadata: { id: "robot", url, ...metadata },
  });
  await place.writeResource("robot", resource);
  await startComponent(place);
  return await startDaprd({ place });
}

describe("under a retry policy of daprd's", () => {
  test("a permanent refusal costs exactly one POST", async () => {
    const robot = await startRobot(jsonAnswer({ errcode: 310000, errmsg: "sign not match" }));
    const daprd = await startWithRetries(robot.url);

    const { status, text } = await daprd.create("robot", textMessage("hello"));

    expect(status).toBe(500);
    expect(text).toContain("dingtalk errcode=310000 reason=sign-mismatch: ");
    expect(robot.posts).toHaveLength(1);
  });

  test("a lost answer leaves exactly one message in the group", async () => {
    const sandbox = await startSandbox();
    const fault = await fetch(`${sandbox.origin}/api/robots/sandbox/faults`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ effect: { type: "lost-answer" }, next: 3 }]),
    });
    const daprd = await startWithRetries(sandbox.url("sandbox"), { retries: "0" });

    const { status } = await daprd.create("robot", textMessage("hello"));

    expect(fault.status).toBe(200);
    expect(status).toBe(200);
    expect(await sandbox.texts("sandbox")).toEqual(["hello"]);
  });
});

describe("the same text, sent twice by the app", () => {
  const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

  test.each([
    ["without a Configuration", undefined, {}],
    ["with tracing turned on", tracing, {}],
    ["under one trace of the app's", undefined, trace],
    ["under one trace of the app's, with tracing turned on", tracing, trace],
  ])("arrives twice %s", async (_case, configuration, headers) => {
    const sandbox = await startSandbox();
    const place = await createPlace();
    const metadata = { id: "robot", url: sandbox.url("sandbox") };
    await place.writeResource("robot", componentResource({ name: "robot", metadata }));
    await startComponent(place);
    const daprd = await startDaprd({ place, ...(configuration && { configuration }) });

    const first = await daprd.create("robot", textMessage("Hi"), headers);
    const second = await daprd.create("robot", textMessage("Hi"), headers);

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await sandbox.texts("sandbox")).toEqual(["Hi", "Hi"]);
  });
});
