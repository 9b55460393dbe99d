import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkProcesses } from "../../../src/commands/doctor/process-health.ts";
import type { SocketEntry } from "../../../src/commands/doctor/sockets.ts";
import { DaprdClient } from "../../support/daprd-client.ts";
import { run } from "../../support/process.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { emptyFolder, examine } from "./support/examine.ts";
import { serveUnhealthy } from "./support/listeners.ts";

const ours = (file: string): SocketEntry => ({ file, mode: 0o666, uid: 0, listener: "ours" });

describe("the doctor on our process", () => {
  test.each([
    ["read", "readers", "restart daprd, or change"],
    ["shared-name", "shared-name", "DAPR_COMPONENTS_SOCKETS_FOLDER"],
  ])("warns once if its health service %s does not serve", async (service, check, remedy) => {
    const folder = await tempFolder();
    const others = ["read", "shared-name"].filter((other) => other !== service);
    await serveUnhealthy(join(folder, "a.sock"), [service]);
    await serveUnhealthy(join(folder, "b.sock"), [service]);

    const findings = await checkProcesses(folder, [ours("a.sock"), ours("b.sock")]);

    expect(findings.filter(({ level }) => level === "warning")).toMatchObject([
      { check, remedy: expect.stringContaining(remedy) },
    ]);
    expect(findings.filter(({ level }) => level === "skipped")).toHaveLength(others.length);
  });

  test("asks no other process", async () => {
    const findings = await checkProcesses("/nowhere", [{ ...ours("a.sock"), listener: "stale" }]);

    expect(findings).toEqual([]);
  });
});

describe("the doctor beside our process with two daprds", () => {
  test("says that they share a component name", async () => {
    const { folder, env } = await emptyFolder();
    await run(["serve"], env).says("ready for daprd");
    const first = new DaprdClient(join(folder, "dingtalk.webhook.sock"), "alerts");
    const second = new DaprdClient(join(folder, "dingtalk.webhook.sock"), "alerts");
    await first.initOutput({ id: "a", url: "http://127.0.0.1:1/a" });
    const { of: before } = await examine(env);

    await second.initOutput({ id: "a", url: "http://127.0.0.1:1/b" });
    const { of: after } = await examine(env);

    expect(before("shared-name")).toEqual([]);
    expect(after("shared-name")).toMatchObject([{ level: "warning" }]);
  });
});
