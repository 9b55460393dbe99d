import { describe, expect, test } from "vitest";
import { phrase } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { oneRobot, startSetup } from "./support/setup.ts";

describe("create through daprd", () => {
  test("brings the message to the robot", async () => {
    const { daprd, sandbox } = await startSetup(oneRobot);

    const answer = await daprd.invoke("robot", {
      operation: "create",
      data: { msgtype: "text", text: { content: "你好 <b> & hello" } },
    });

    expect(answer).toMatchObject({ status: 200, text: '{"errcode":0,"errmsg":"ok"}' });
    expect(answer.headers.get("metadata.errmsg")).toBe("ok");
    expect(await sandbox.messages("sandbox")).toMatchObject([
      { message: { msgtype: "text", text: { content: "你好 <b> & hello" } } },
    ]);
  });

  test("makes a text message of a string", async () => {
    const { daprd, sandbox } = await startSetup(oneRobot);

    const { status } = await daprd.create("robot", "just words");

    expect(status).toBe(200);
    expect(await sandbox.texts("sandbox")).toEqual(["just words"]);
  });

  test("signs for a robot that asks for it", async () => {
    const { daprd, sandbox } = await startSetup(({ url }) => [
      { name: "robot", metadata: { id: "robot", url: url("signed"), secret: "SECsandbox" } },
    ]);

    const { status } = await daprd.create("robot", textMessage("signed"));

    expect(status).toBe(200);
    expect(await sandbox.messages("signed")).toMatchObject([
      { query: { sign: expect.any(String), timestamp: expect.any(String) } },
    ]);
  });

  test("keeps two components with different robots apart", async () => {
    const { daprd, sandbox } = await startSetup(({ url }) => [
      { name: "plain", metadata: { id: "plain", url: url("sandbox") } },
      { name: "safe", metadata: { id: "safe", url: url("signed"), secret: "SECsandbox" } },
    ]);

    await daprd.create("safe", textMessage("for safe"));
    await daprd.create("plain", textMessage("for plain"));

    expect(await sandbox.texts("sandbox")).toEqual(["for plain"]);
    expect(await sandbox.texts("signed")).toEqual(["for safe"]);
  });
});

describe("our socket takes the place of the built-in", () => {
  test.each(["dingtalk.webhook", "alicloud.dingtalk.webhook"])("%s", async (name) => {
    const type = `bindings.${name}`;
    const { daprd, component, sandbox } = await startSetup(({ url }) => [
      { name: "robot", type, metadata: { id: "robot", url: url("sandbox") } },
    ]);

    const answer = await daprd.create("robot", textMessage("hello"));
    await component.says(phrase.loaded, 2);
    await daprd.says(`'${name}' was successfully registered for`, 2);

    // The built-in answers an empty body and no metadata.
    expect(answer.text).toBe('{"errcode":0,"errmsg":"ok"}');
    expect(answer.headers.get("metadata.errcode")).toBe("0");
    expect(daprd.output()).toContain(
      `pluggable component '${name}' was successfully registered for 'dapr.proto.components.v1.OutputBinding'`,
    );
    expect(daprd.output()).toContain(
      `pluggable component '${name}' was successfully registered for 'dapr.proto.components.v1.InputBinding'`,
    );
    expect(component.logged(phrase.loaded)).toMatchObject([
      { instance: "robot", type, direction: "input" },
      { instance: "robot", type, direction: "output" },
    ]);
    expect(await sandbox.texts("sandbox")).toEqual(["hello"]);
  });
});
