import { describe, expect, test } from "vitest";
import { checkTracedCalls } from "../../../src/commands/doctor/daprd.ts";
import { DaprdClient } from "../../support/daprd-client.ts";
import { run, runToEnd } from "../../support/process.ts";
import { jsonAnswer, startRobot } from "../../support/robot.ts";
import { emptyFolder, examine } from "./support/examine.ts";

const loaded = { name: "alerts", type: "bindings.dingtalk.webhook", version: "v1" };
const refusal = (operations: string) => ({
  errorCode: "ERR_INVOKE_OUTPUT_BINDING",
  message: `error invoking output binding alerts: binding alerts does not support operation x. supported operations:${operations}`,
});

/** A server that answers the doctor's questions as daprd does. */
async function startDaprd(components: readonly object[], operations = "create get") {
  const asked = await startRobot((response, post) => {
    const metadata = { id: "app", runtimeVersion: "1.18.2", components };
    const answer = post.path === "/v1.0/metadata" ? metadata : refusal(operations);
    jsonAnswer(answer, answer === metadata ? 200 : 500)(response, post);
  });
  return { asked: asked.posts, args: ["--dapr-http-port", new URL(asked.url).port] };
}

async function served() {
  const { folder, env } = await emptyFolder();
  await run(["serve"], env).says("ready for daprd");
  return { env, daprd: new DaprdClient(`${folder}/dingtalk.webhook.sock`, "alerts") };
}

describe("the doctor on traced gRPC calls", () => {
  test.each([
    ["1.18.3", 1],
    ["1.18.2", 1],
    ["1.9.0", 1],
    ["1.18.3-rc.1", 1],
    ["1.18.4", 0],
    ["1.19.0", 0],
    ["2.0.0", 0],
    ["edge", 0],
  ])("warns of daprd %s: %i", (version, count) => {
    const findings = [...checkTracedCalls({ version })];

    expect(findings.map(({ check, level }) => `${check} ${level}`)).toEqual(
      Array.from({ length: count }, () => "traced-calls warning"),
    );
  });

  test.each([
    [[loaded], 1],
    [[{ name: "other", type: "state.redis" }], 0],
  ])("warns only if daprd has loaded a component of ours: %j", async (components, count) => {
    const { env } = await emptyFolder();
    const { args } = await startDaprd(components);

    const { of } = await examine(env, args);

    expect(of("traced-calls")).toHaveLength(count);
  });
});

describe("the doctor on daprd", () => {
  test("reports that no daprd is reachable", async () => {
    const { env } = await emptyFolder();

    const { of } = await examine(env);

    expect(of("daprd")).toMatchObject([
      { level: "skipped", message: expect.stringContaining("not checked") },
    ]);
  });

  test("asks for the version with the port and the token of the environment", async () => {
    const { env } = await emptyFolder();
    const { asked, args } = await startDaprd([{ name: "other", type: "state.redis" }]);
    const [, port = ""] = args;

    const { stdout } = await runToEnd(["doctor"], {
      ...env,
      DAPR_HTTP_PORT: port,
      DAPR_API_TOKEN: "api-token",
    });

    expect(stdout).toContain("daprd: daprd 1.18.2 runs the app app\n");
    expect(stdout).toContain("warning  daprd: daprd has loaded no DingTalk component -> ");
    expect(stdout).not.toContain("api-token");
    expect(asked).toMatchObject([{ headers: { "dapr-api-token": "api-token" } }]);
  });

  test.each([
    [401, { errorCode: "x" }, "DAPR_API_TOKEN"],
    [200, { hello: "world" }, "--dapr-http-port"],
    [404, "", "--dapr-http-port"],
  ])("warns if the port answers HTTP %i with %j", async (status, body, remedy) => {
    const { env } = await emptyFolder();
    const other = await startRobot(jsonAnswer(body, status));

    const { of } = await examine(env, ["--dapr-http-port", new URL(other.url).port]);

    expect(of("daprd")).toMatchObject([
      { level: "warning", remedy: expect.stringContaining(remedy) },
    ]);
  });

  test("recognises a component that daprd loaded from here and sends it nothing", async () => {
    const { env, daprd } = await served();
    const robot = await startRobot();
    await daprd.initOutput({ id: "a", url: robot.url });
    const operations = (await daprd.operations()).join(" ");
    const { args } = await startDaprd([loaded], operations);

    const { exit, of } = await examine(env, args);

    expect(exit).toBe(0);
    expect(of("served-by")).toMatchObject([{ level: "ok" }]);
    expect(robot.posts).toEqual([]);
  });

  test("finds the built-in binding if daprd did not load the component from here", async () => {
    const { env } = await served();
    const { args } = await startDaprd([loaded]);

    const { exit, problems } = await examine(env, args);

    expect({ exit, problems }).toEqual({ exit: 1, problems: ["served-by"] });
  });

  test("knows our operations in a daprd whose process is gone", async () => {
    const { env, daprd } = await served();
    await daprd.initOutput({ id: "a", url: "http://127.0.0.1:1/" });
    const operations = (await daprd.operations()).join(" ");
    const { args } = await startDaprd([loaded], operations);
    const { env: elsewhere } = await emptyFolder();

    const { of: here } = await examine(env, args);
    const { of } = await examine(elsewhere, args);

    expect(here("served-by")).toMatchObject([{ level: "ok" }]);
    expect(of("served-by")).toMatchObject([
      { level: "problem", message: expect.stringContaining("restarted since") },
    ]);
  });

  test("finds the built-in binding if another daprd loaded the component from here", async () => {
    const { env, daprd } = await served();
    await daprd.initOutput({ id: "a", url: "http://127.0.0.1:1/" });
    const { args } = await startDaprd([loaded], "other");

    const { problems } = await examine(env, args);

    expect(problems).toEqual(["served-by"]);
  });

  test.each(["bindings.dingtalk.webhook", "bindings.alicloud.dingtalk.webhook"])(
    "finds the built-in binding if no socket offers %s",
    async (type) => {
      const { env } = await emptyFolder();
      const { args } = await startDaprd([{ ...loaded, type }]);

      const { of } = await examine({ ...env, DINGTALK_SOCKET_NAMES: "dingtalk.robot" }, args);

      expect(of("served-by")).toMatchObject([{ level: "problem" }]);
    },
  );
});
