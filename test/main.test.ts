import { describe, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { run, runToEnd } from "./support/process.ts";
import { tempFolder } from "./support/temp-folder.ts";

describe("the command line", () => {
  test.each([["--version"], ["version"], ["serve", "--version"]])(
    "prints its version",
    async (...args) => {
      const { exit, stdout } = await runToEnd(args);

      expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${packageJson.version}\n` });
    },
  );

  test.each(["--help", "-h", "help"])("lists its commands at %s", async (word) => {
    const { exit, stdout } = await runToEnd([word]);

    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /serve .+\n {2}sandbox .+\n {2}healthcheck .+\n {2}doctor .+\n {2}send .+/,
    );
  });

  test.each(["serve", "sandbox", "healthcheck", "doctor", "send"])(
    "explains %s",
    async (command) => {
      const { exit, stdout } = await runToEnd([command, "--help"]);

      expect(exit).toBe(0);
      expect(stdout).toContain(`Usage: dingtalk-webhook ${command}`);
    },
  );

  test.each([
    ["help", "send"],
    ["send", "-h"],
    ["send", "text", "--help"],
  ])("explains send with %s %s", async (...args) => {
    const { exit, stdout } = await runToEnd(args);

    expect(exit).toBe(0);
    expect(stdout).toContain("Usage: dingtalk-webhook send");
  });

  test.each(["sandbox", "healthcheck", "send", "serve"])(
    "checks the environment before %s",
    async (command) => {
      const { exit, stderr } = await runToEnd([command], { DINGTALK_SOCKET_NAME: "x" });

      expect(exit).toBe(2);
      expect(stderr).toContain("did you mean DINGTALK_SOCKET_NAMES?");
    },
  );

  test("warns of what the environment holds in vain", async () => {
    const env = { NO_PROXY: "h,10.*", DINGTALK_METRICS_PATH: "/m" };

    const { stderr } = await runToEnd(["send", "--dry-run", "a"], env);

    expect(stderr).toBe(
      "warning: DINGTALK_METRICS_PATH: unknown environment variable ignored\n" +
        "warning: NO_PROXY: entry 2 is no host, address or CIDR block and is ignored\n",
    );
  });

  test.each([
    [["serv"], "unknown command serv, did you mean serve?"],
    [["help", "serv"], "unknown command serv, did you mean serve?"],
    [["healthcheck", "--wiat", "3s"], "unknown option --wiat, did you mean --wait?"],
    [["healthcheck", "--wait=soon"], "--wait takes a duration"],
    [["sandbox", "--prot", "1"], "unknown option --prot, did you mean --port?"],
    [["sandbox", "--data", "-"], "--data takes a file"],
    [["serve", "extra"], "extra"],
    [["doctor", "--resource", "r"], "unknown option --resource, did you mean --resources?"],
    [["doctor", "--dapr-http-port=http"], "--dapr-http-port takes a number"],
    [["send", "--ulr", "u", "text"], "unknown option --ulr, did you mean --url?"],
    [["--nope"], "unknown option --nope"],
  ])("refuses %j", async (args, text) => {
    const { exit, stderr } = await runToEnd(args);

    expect(exit).toBe(2);
    expect(stderr).toContain(text);
  });
});

describe("healthcheck", () => {
  test("succeeds if every socket answers", async () => {
    const env = { DAPR_COMPONENT_SOCKETS_FOLDER: await tempFolder() };
    await run([], env).says("ready for daprd");

    const { exit, stderr } = await runToEnd(["healthcheck"], env);

    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  });

  test("fails and names the socket that does not answer", async () => {
    const folder = await tempFolder();

    const { exit, stderr } = await runToEnd(["healthcheck"], {
      DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
    });

    expect(exit).toBe(1);
    expect(stderr).toContain(`unhealthy: ${folder}/dingtalk.webhook.sock does not answer`);
  });

  test("waits for a component that starts later", async () => {
    const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: await tempFolder() };
    const waiting = run(["healthcheck", "--wait", "30s"], env);

    await run([], env).says("ready for daprd");

    expect(await waiting.exit).toBe(0);
  });

  test("prefers the variable that daprd reads", async () => {
    const folder = await tempFolder();
    await run([], { DAPR_COMPONENTS_SOCKETS_FOLDER: folder }).says("ready for daprd");

    const { exit } = await runToEnd(["healthcheck"], {
      DAPR_COMPONENTS_SOCKETS_FOLDER: folder,
      DAPR_COMPONENT_SOCKETS_FOLDER: "/nowhere",
    });

    expect(exit).toBe(0);
  });
});
