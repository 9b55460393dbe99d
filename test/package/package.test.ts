import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { installedPackages } from "../../scripts/production.mjs";
import { freePort } from "../daprd/support/ports.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { startOtlpReceiver } from "../telemetry/support/otlp-receiver.ts";
import { startNpx } from "./support/npx.ts";

const execute = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const message = { msgtype: "text", text: { content: "from a package" } };

/** grpc-js loads it for its channelz service, which no command offers. */
const onlyForChannelz = "@grpc/proto-loader";

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** A project of a user that has the package as its only dependency. */
let user: string;
let packed: Packed;

beforeAll(async () => {
  user = await mkdtemp(join(tmpdir(), "dt-"));
  await writeFile(join(user, "package.json"), '{"name":"user","private":true}');
  packed = await pack();
  await execute("npm", ["install", "--omit", "dev", "--no-audit", "--no-fund", packed.filename], {
    cwd: user,
  });
});

afterAll(() => rm(user, { recursive: true, force: true }));

/** The suite has built `dist/` already, so the build that packing begins with is left out. */
async function pack(): Promise<Packed> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", user];
  const { stdout } = await execute("npm", args, { cwd: project });
  return JSON.parse(stdout)[0];
}

/** Starts a command as a user of the package does, in the folder of the user's project. */
const start = (args: string[], env: Readonly<Record<string, string>> = {}) =>
  startNpx(["--no-install", "dingtalk-webhook", ...args], { cwd: user, env });

async function runToEnd(args: string[], env: Readonly<Record<string, string>> = {}) {
  const child = start(args, env);
  const exit = await child.exit;
  return { exit, output: child.output() };
}

async function startSandbox(): Promise<string> {
  const sandbox = start(["sandbox", "--port", "0"]);
  await sandbox.says("sandbox listening on http://");
  return /http:\/\/[\d.]+:\d+/.exec(sandbox.output())?.[0] ?? "";
}

async function textsIn(sandbox: string): Promise<string[]> {
  const response = await fetch(`${sandbox}/api/messages?token=sandbox`);
  const messages: { message: typeof message }[] = JSON.parse(await response.text());
  return messages.map((each) => each.message.text.content);
}

describe("npx dingtalk-webhook", () => {
  test("serve sends what daprd hands over, and healthcheck sees it", async () => {
    const sandbox = await startSandbox();
    const sockets = { DAPR_COMPONENTS_SOCKETS_FOLDER: await tempFolder() };
    const before = await runToEnd(["healthcheck"], sockets);
    await start(["serve"], sockets).says("ready for daprd");
    const socket = join(sockets.DAPR_COMPONENTS_SOCKETS_FOLDER, "dingtalk.webhook.sock");
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "ops", url: `${sandbox}/robot/send?access_token=sandbox` });

    await daprd.create(message);

    expect(await textsIn(sandbox)).toEqual(["from a package"]);
    expect(before.exit).toBe(1);
    expect(await runToEnd(["healthcheck"], sockets)).toEqual({ exit: 0, output: "" });
  });

  test("serve finds the packages that only some users need", async () => {
    const robot = await startRobot();
    const receiver = await startOtlpReceiver();
    const sockets = await tempFolder();
    const port = String(await freePort());
    const redis = `127.0.0.1:${await freePort()}`;
    const serving = start(["serve"], {
      DAPR_COMPONENTS_SOCKETS_FOLDER: sockets,
      DINGTALK_METRICS_PORT: port,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: "20",
    });
    await serving.says("ready for daprd");
    const daprd = new DaprdClient(join(sockets, "dingtalk.webhook.sock"));
    await daprd.init({ id: "ops", url: robot.url, redisHost: redis });

    await daprd.create(message);
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);

    expect(await metrics.text()).toContain("dingtalk_sends_total{");
    await eventually(() => receiver.spans.length > 0);
    expect(serving.output()).not.toContain("Cannot find");
  });

  test("sandbox serves its page", async () => {
    const sandbox = await startSandbox();

    const page = await fetch(`${sandbox}/`);
    const script = await fetch(`${sandbox}/main.js`);

    expect([page.status, script.status]).toEqual([200, 200]);
    expect(await page.text()).toContain("<!doctype html>");
  });

  test("send sends", async () => {
    const sandbox = await startSandbox();
    const ROBOT_URL = `${sandbox}/robot/send?access_token=sandbox`;

    const { exit, output } = await runToEnd(["send", "from a shell"], { ROBOT_URL });

    expect({ exit, output }).toMatchObject({ exit: 0, output: expect.stringContaining("ok") });
    expect(await textsIn(sandbox)).toEqual(["from a shell"]);
  });

  test("doctor reads the YAML of a component", async () => {
    const sockets = { DAPR_COMPONENTS_SOCKETS_FOLDER: await tempFolder() };
    const resources = join(project, "components/secret-store");

    const { output } = await runToEnd(["doctor", "--json", "--resources", resources], sockets);

    const { findings } = JSON.parse(output);
    const checks = findings.map(({ check }: { check: string }) => check);
    expect(checks).toEqual(expect.arrayContaining(["secret-store"]));
  });
});

describe("the package", () => {
  test("holds no maps, no sources and no tests", () => {
    const paths = packed.files.map(({ path }) => path);

    expect(paths.filter((path) => /\.map$|\.ts$|(^|\/)tests?\//.test(path))).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/main.js"]));
  });

  test("depends on exactly what its code loads from outside", async () => {
    const code = packed.files.filter(({ path }) => /^dist\/(?!sandbox\/page).*\.js$/.test(path));
    const texts = await Promise.all(
      code.map(({ path }) => readFile(join(user, "node_modules", packageJson.name, path), "utf8")),
    );

    const loaded = texts.flatMap((text) =>
      Array.from(
        text.matchAll(/\b(?:require|import)\("([^".#][^"]*)"\)/g),
        ([, name = ""]) => name,
      ),
    );
    const outside = loaded.filter(
      (name) => !name.startsWith("node:") && ![...builtinModules, onlyForChannelz].includes(name),
    );
    expect([...new Set(outside)].sort()).toEqual(Object.keys(packageJson.dependencies).sort());
  });

  test("installs only what the list of licences names", async () => {
    const { stdout } = await execute("npm", ["ls", "--all", "--parseable"], { cwd: user });

    const names = stdout.split("\n").flatMap((path) => path.split("node_modules/").slice(-1));
    const others = names.filter((name) => name !== "" && !name.startsWith("/"));
    const wanted = installedPackages().map(({ name }) => name);
    expect([...new Set(others)].sort()).toEqual([...new Set([...wanted, packageJson.name])].sort());
  });

  test.each(["README.md", "README.zh-CN.md"])("has the size that %s says", async (readme) => {
    const text = await readFile(join(project, readme), "utf8");

    const [, size, unpacked] = /(\d\.\d) MB[^.。\d]+(\d\.\d) MB/.exec(text) ?? [];
    expect(Math.abs(packed.size / 1e6 - Number(size)), `${packed.size}`).toBeLessThan(0.1);
    expect(Math.abs(packed.unpackedSize / 1e6 - Number(unpacked))).toBeLessThan(0.3);
  });
});
