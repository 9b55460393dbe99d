import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { jsonAnswer, startRobot } from "../support/robot.ts";
import { startApp } from "./support/app.ts";
import { startDaprd } from "./support/daprd.ts";
import { phrase, startComponent, startSandbox } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { createPlace, type Place } from "./support/place.ts";

const examples = fileURLToPath(new URL("../../components", import.meta.url));

interface MetadataItem {
  readonly name: string;
  readonly value?: string;
}

/** Copies the plain example with a robot that exists. */
async function copyWithRobot(place: Place, robot: Readonly<Record<string, string>>) {
  const text = await readFile(join(examples, "dingtalk-webhook.yaml"), "utf8");
  const example: { spec: { metadata: MetadataItem[] } } = parse(text);
  const metadata = example.spec.metadata.map((item) =>
    item.name in robot ? { ...item, value: robot[item.name] } : item,
  );
  await place.writeResource("dingtalk-webhook", {
    ...example,
    spec: { ...example.spec, metadata },
  });
}

describe("components/", () => {
  test("holds the examples that are tried here", async () => {
    const files = await readdir(examples, { recursive: true });

    expect(files.filter((file) => file.endsWith(".yaml")).sort()).toEqual([
      "dingtalk-webhook.yaml",
      "resiliency.yaml",
      "secret-store/dingtalk-webhook.yaml",
      "secret-store/local-secrets.yaml",
    ]);
  });
});

describe("dingtalk-webhook.yaml", () => {
  test("sends to its robot and reads for the app", async () => {
    const place = await createPlace();
    const sandbox = await startSandbox();
    await copyWithRobot(place, { url: sandbox.url("signed"), secret: "SECsandbox" });
    const component = await startComponent(place);
    const app = await startApp(() => ({ body: '"taken"' }));
    const daprd = await startDaprd({ place, app });
    await component.says(phrase.reads);

    const created = await daprd.create("myDingTalk", textMessage("hello"));
    const got = await daprd.get("myDingTalk", "event");

    expect(created.status).toBe(200);
    expect(await sandbox.texts("signed")).toEqual(["hello"]);
    expect(got).toMatchObject({ status: 200, text: '"taken"' });
    expect(app.events).toMatchObject([{ path: "/myDingTalk", body: '"event"' }]);
  });
});

describe("secret-store/", () => {
  test("takes address and secret from the secret store", async () => {
    const place = await createPlace();
    const sandbox = await startSandbox();
    const dingtalk = { url: sandbox.url("signed"), secret: "SECsandbox" };
    await cp(join(examples, "secret-store"), place.resources, { recursive: true });
    await writeFile(join(place.folder, "secrets.json"), JSON.stringify({ dingtalk }));
    await startComponent(place);
    const daprd = await startDaprd({ place });

    const { status } = await daprd.create("myDingTalk", textMessage("hello"));

    expect(status).toBe(200);
    expect(await sandbox.texts("signed")).toEqual(["hello"]);
  });
});

describe("resiliency.yaml", () => {
  test("gives a hanging robot up and tries once more", async () => {
    const answers = [() => {}, jsonAnswer({ errcode: 0, errmsg: "ok" })];
    const robot = await startRobot((response, post) => answers.shift()?.(response, post));
    const place = await createPlace();
    await copyWithRobot(place, { url: robot.url });
    await cp(join(examples, "resiliency.yaml"), join(place.resources, "resiliency.yaml"));
    await startComponent(place);
    const daprd = await startDaprd({ place });

    const answer = await daprd.create("myDingTalk", textMessage("hello"));

    expect(answer).toMatchObject({ status: 200, text: '{"errcode":0,"errmsg":"ok"}' });
    expect(robot.posts).toHaveLength(2);
  });

  test("does not try for ever", async () => {
    const robot = await startRobot(jsonAnswer({ errcode: -1, errmsg: "系统繁忙" }));
    const place = await createPlace();
    await copyWithRobot(place, { url: robot.url });
    await cp(join(examples, "resiliency.yaml"), join(place.resources, "resiliency.yaml"));
    await startComponent(place);
    const daprd = await startDaprd({ place });

    const { status, text } = await daprd.create("myDingTalk", textMessage("hello"));

    expect(status).toBe(500);
    expect(text).toContain("dingtalk errcode=-1 reason=");
    // Three attempts of the component's, and those of daprd's one repetition.
    expect(robot.posts).toHaveLength(6);
  });
});
