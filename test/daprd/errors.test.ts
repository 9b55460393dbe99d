import { describe, expect, test } from "vitest";
import { startRobot } from "../support/robot.ts";
import { spawnDaprd } from "./support/daprd.ts";
import { startComponent } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { componentResource, createPlace } from "./support/place.ts";
import { freePort } from "./support/ports.ts";
import { oneRobot, startSetup } from "./support/setup.ts";

describe("a failure through daprd", () => {
  test("says that the secret is wrong, and does not tell it", async () => {
    const { daprd, component, sandbox } = await startSetup(({ url }) => [
      { name: "robot", metadata: { id: "robot", url: url("signed"), secret: "SECwrong" } },
    ]);

    const { status, text } = await daprd.create("robot", textMessage("hello"));

    expect(status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      errorCode: "ERR_INVOKE_OUTPUT_BINDING",
      message: expect.stringContaining(
        "code = FailedPrecondition desc = dingtalk errcode=310000 reason=sign-mismatch: ",
      ),
    });
    expect(text + daprd.output() + component.output()).not.toMatch(/SECwrong|access_token/);
    expect(await sandbox.messages("signed")).toEqual([]);
  });

  test("says that the robot cannot be reached, and does not tell its address", async () => {
    const url = `http://127.0.0.1:${await freePort()}/robot/send?access_token=token-1`;
    const { daprd, component } = await startSetup(() => [
      { name: "robot", metadata: { id: "robot", url } },
    ]);

    const { status, text } = await daprd.create("robot", textMessage("hello"));

    expect(status).toBe(500);
    expect(text).toContain("code = Unavailable desc = dingtalk reason=connect-failed: ");
    expect(text + daprd.output() + component.output()).not.toMatch(/access_token|token-1/);
  });

  test("says that the robot answered no JSON", async () => {
    const robot = await startRobot((response) => void response.end("<html>"));
    const { daprd } = await startSetup(() => [
      { name: "robot", metadata: { id: "robot", url: robot.url } },
    ]);

    const { text } = await daprd.create("robot", textMessage("hello"));

    expect(text).toContain("code = Unavailable desc = dingtalk ");
    expect(text).toContain("reason=unusable-answer: ");
  });

  test.each([
    ["no data", undefined],
    ["a list", [textMessage("hello")]],
    ["a message without its content", { msgtype: "text", text: {} }],
  ])("says that %s is no message, and sends nothing", async (_what, data) => {
    const { daprd, sandbox } = await startSetup(oneRobot);

    const { status, text } = await daprd.create("robot", data);

    expect(status).toBe(500);
    expect(text).toMatch(/code = InvalidArgument desc = dingtalk reason=[a-z-]+/);
    expect(await sandbox.messages("sandbox")).toEqual([]);
  });

  test("names the operations there are, in daprd's own words", async () => {
    const { daprd } = await startSetup(oneRobot);

    const { status, text } = await daprd.invoke("robot", { operation: "delete", data: "x" });

    expect(status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      errorCode: "ERR_INVOKE_OUTPUT_BINDING",
      message: expect.stringContaining(
        "does not support operation delete. supported operations:get create reply",
      ),
    });
  });
});

describe("a component whose metadata is wrong", () => {
  test("ends daprd with the secret as a cause if daprd could not read it", async () => {
    const place = await createPlace();
    await startComponent(place);
    const metadata = [
      { name: "id", value: "robot" },
      { name: "url", secretKeyRef: { name: "robots", key: "url" } },
    ];
    const spec = { type: "bindings.dingtalk.webhook", version: "v1", metadata };
    const resource = componentResource({ name: "robot", metadata: {} });
    await place.writeResource("robot", { ...resource, spec });

    const daprd = await spawnDaprd({ place });
    const exit = await daprd.exit;

    expect(exit).toBe(1);
    expect(daprd.output()).toContain("field=url: metadata field url is missing or empty");
    expect(daprd.output()).toContain(", or its secret could not be read");
  });

  test.each([
    ["id", { url: "https://oapi.dingtalk.com/robot/send?access_token=token-1" }],
    ["url", { id: "robot" }],
    ["url", { id: "robot", url: "oapi.dingtalk.com/robot/send?access_token=token-1" }],
    [
      "responseTimeout",
      { id: "robot", url: "https://a/?access_token=token-1", responseTimeout: "x" },
    ],
  ])("ends daprd with the name of the field %s", async (field, metadata) => {
    const place = await createPlace();
    const component = await startComponent(place);
    await place.writeResource("robot", componentResource({ name: "robot", metadata }));

    const daprd = await spawnDaprd({ place });
    const exit = await daprd.exit;

    expect(exit).toBe(1);
    expect(daprd.output()).toContain(
      `code = InvalidArgument desc = dingtalk reason=invalid-metadata field=${field}: `,
    );
    expect(daprd.output() + component.output()).not.toContain("token-1");
  });
});
