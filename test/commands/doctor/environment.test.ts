import { describe, expect, test } from "vitest";
import { checkEnvironment } from "../../../src/commands/doctor/environment.ts";
import { emptyFolder, examine } from "./support/examine.ts";

describe("the doctor on the environment", () => {
  test("names every variable that serve would refuse and goes on", async () => {
    const { env } = await emptyFolder();

    const { exit, of } = await examine({
      ...env,
      DINGTALK_SOCKET_NAME: "x",
      DINGTALK_SHUTDOWN_GRACE: "soon",
    });

    expect(exit).toBe(1);
    expect(of("environment")).toMatchObject([
      { level: "problem", remedy: expect.stringContaining("DINGTALK_SOCKET_NAME") },
      { level: "problem", remedy: expect.stringContaining("DINGTALK_SHUTDOWN_GRACE") },
    ]);
    expect(of("folder")).toHaveLength(1);
  });

  test.each(["DINGTALK_WEBHOOK", "DINGTALK_SECRET", "DINGTALK_ACCESS_TOKEN", "DINGTALK_"])(
    "warns of %s, which may be another tool's, without its value",
    (name) => {
      const { findings } = checkEnvironment({ [name]: "SEC1" });

      expect(findings).toMatchObject([{ check: "environment", level: "warning" }]);
      expect(JSON.stringify(findings)).not.toMatch(/SEC1|did you mean/);
    },
  );

  test("warns of an entry of NO_PROXY that means nothing, by its place", () => {
    const { findings } = checkEnvironment({ NO_PROXY: "h,t0ken*" });

    expect(findings).toMatchObject([
      { level: "warning", message: expect.stringMatching(/^NO_PROXY: entry 2 is no host/) },
    ]);
  });

  test("does not show the address of a proxy", () => {
    const { findings } = checkEnvironment({ HTTPS_PROXY: "user:password@proxy" });

    expect(findings).toMatchObject([{ check: "environment", level: "problem" }]);
    expect(JSON.stringify(findings)).not.toContain("password");
  });

  test("uses the default of a wrong variable", () => {
    const { config } = checkEnvironment({ DINGTALK_SOCKET_MODE: "rw", LOG_LEVEL: "warn" });

    expect(config).toMatchObject({ sockets: { mode: 0o666 }, logLevel: "warn" });
  });

  test.each([
    "DAPR_COMPONENT_SOCKET_FOLDER",
    "DAPR_COMPONENTS_SOCKET_FOLDER",
    "DAPR_COMPONENTS_SOCKETS_FOLDR",
    "DAPR_COMPONENTS_SOCKETS_PATH",
    "DAPR_SOCKETS_FOLDER",
    "DAPR_SOCKET_DIR",
    "dapr_components_sockets_folder",
  ])("finds the misspelt variable %s", (name) => {
    const { findings } = checkEnvironment({ [name]: "/s" });

    expect(findings).toMatchObject([
      {
        check: "variable-name",
        level: "problem",
        remedy: expect.stringContaining("DAPR_COMPONENTS_SOCKETS_FOLDER"),
      },
    ]);
  });

  test.each([
    [{ DAPR_COMPONENT_SOCKETS_FOLDER: "/s" }],
    [{ DAPR_COMPONENTS_SOCKETS_FOLDER: "/s", DAPR_COMPONENT_SOCKETS_FOLDER: "/t" }],
  ])("warns that daprd may use another folder with %j", (env) => {
    const { findings } = checkEnvironment(env);

    expect(findings).toMatchObject([{ check: "variable-name", level: "warning" }]);
  });

  test.each([
    [{}],
    [{ DAPR_COMPONENTS_SOCKETS_FOLDER: "/s" }],
    [{ DAPR_COMPONENTS_SOCKETS_FOLDER: "/s", DAPR_COMPONENT_SOCKETS_FOLDER: "/s" }],
    [{ DAPR_COMPONENT_SOCKETS_FOLDER: "/s", KUBERNETES_SERVICE_HOST: "10.0.0.1" }],
    [{ DAPR_COMPONENTS_SOCKETS_EXTENSION: ".sock", DAPR_HTTP_PORT: "3500" }],
  ])("is content with %j", (env) => {
    const { findings } = checkEnvironment(env);

    expect(findings).toMatchObject([{ check: "environment", level: "ok" }]);
  });
});
