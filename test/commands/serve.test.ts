import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { listenHere } from "../support/listen.ts";
import { onTerminal, run, runToEnd } from "../support/process.ts";
import { acceptMessage, startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";

const text = { msgtype: "text", text: { content: "hello" } };

async function serve(env: Record<string, string> = {}) {
  const folder = await tempFolder();
  const running = run(["serve"], { DAPR_COMPONENTS_SOCKETS_FOLDER: folder, ...env });
  await running.says("ready for daprd");
  return { folder, running, socket: join(folder, "dingtalk.webhook.sock") };
}

describe("serve", () => {
  test("offers both names of the built-in with mode 0666 and removes its sockets at the end", async () => {
    const { folder, running, socket } = await serve();

    const names = await readdir(folder);
    const { mode } = await stat(socket);
    running.child.kill("SIGTERM");

    expect(names.sort()).toEqual(["alicloud.dingtalk.webhook.sock", "dingtalk.webhook.sock"]);
    expect(mode & 0o777).toBe(0o666);
    expect(await running.exit).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  test("takes names and mode from the environment", async () => {
    const { folder, socket } = await serve({
      DINGTALK_SOCKET_NAMES: "dingtalk.webhook, dingtalk.robot",
      DINGTALK_SOCKET_MODE: "0660",
    });

    const names = await readdir(folder);
    const { mode } = await stat(socket);

    expect(names.sort()).toEqual(["dingtalk.robot.sock", "dingtalk.webhook.sock"]);
    expect(mode & 0o777).toBe(0o660);
  });

  test("finishes calls in flight after SIGTERM, refuses new ones, then ends Read", async () => {
    let release = (): void => {};
    const robot = await startRobot((response, post) => {
      release = () => acceptMessage(response, post);
    });
    const { running, socket } = await serve();
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: robot.url });
    const stream = daprd.read();
    answerEvents(stream, () => ({}));
    await running.says("daprd reads from the component");
    const inFlight = daprd.create(text);
    await eventually(() => robot.posts.length === 1 || undefined);

    running.child.kill("SIGTERM");
    await running.says("stopping");
    const refused = daprd.create(text);

    await expect(refused).rejects.toMatchObject({
      details: expect.stringMatching(/^dingtalk reason=shutting-down: /),
    });
    const ended = new Promise((resolve) => stream.on("end", resolve));
    release();
    await expect(inFlight).resolves.toMatchObject({ metadata: { errcode: "0" } });
    await ended;
    expect(await running.exit).toBe(0);
    expect(robot.posts).toHaveLength(1);
  });

  test("gives up calls in flight after the grace", async () => {
    const robot = await startRobot(() => {});
    const { running, socket } = await serve({ DINGTALK_SHUTDOWN_GRACE: "100ms" });
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: robot.url, responseTimeout: "10m" });
    const inFlight = daprd.create(text);
    await eventually(() => robot.posts.length === 1 || undefined);

    running.child.kill("SIGINT");

    await expect(inFlight).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/^dingtalk reason=shutting-down: .*may have arrived/),
    });
    expect(await running.exit).toBe(0);
  });

  test("exits at once at a second signal", async () => {
    const robot = await startRobot(() => {});
    const { running, socket } = await serve();
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: robot.url });
    daprd.create(text).catch(() => {});
    await eventually(() => robot.posts.length === 1 || undefined);

    running.child.kill("SIGTERM");
    await running.says("stopping");
    running.child.kill("SIGTERM");

    expect(await running.exit).toBe("SIGTERM");
  });

  test("ends with its sockets when the shell of npm start gets SIGTERM", async () => {
    const folder = await tempFolder();
    const npms = spawn("sh", ["-c", packageJson.scripts.start], {
      env: { PATH: process.env.PATH ?? "", DAPR_COMPONENTS_SOCKETS_FOLDER: folder },
      stdio: "ignore",
    });
    const exit = new Promise((resolve) => npms.on("exit", resolve));
    onTestFinished(() => void npms.kill("SIGKILL"));
    const socket = join(folder, "dingtalk.webhook.sock");
    await eventually(() => existsSync(socket) || undefined);

    npms.kill("SIGTERM");

    expect(await exit).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  test("stays up after a connection that does not speak HTTP/2", async () => {
    const { running, socket } = await serve();
    const garbage = connect(socket);
    garbage.on("error", () => {}).resume();

    garbage.end(Buffer.alloc(100, "no preface of HTTP/2 "));
    await new Promise((resolve) => garbage.on("close", resolve));
    const daprd = new DaprdClient(socket);
    await daprd.ping();

    expect(running.child.exitCode).toBeNull();
  });

  test("sends through the proxy of the environment, but not to hosts in NO_PROXY", async () => {
    const robot = await startRobot();
    const tunnels: string[] = [];
    const proxy = createServer().on("connect", (request, client, head) => {
      tunnels.push(request.url ?? "");
      const [host, port] = (request.url ?? "").split(":");
      const upstream = connect(Number(port), host, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
    });
    const { socket } = await serve({
      HTTP_PROXY: `http://127.0.0.1:${await listenHere(proxy)}`,
      NO_PROXY: "localhost",
    });
    const daprd = new DaprdClient(socket);

    await daprd.init({ id: "a", url: robot.url });
    await daprd.create(text);
    await daprd.init({ id: "a", url: robot.url.replace("127.0.0.1", "localhost") });
    await daprd.create(text);

    expect(robot.posts).toHaveLength(2);
    expect(tunnels).toEqual([new URL(robot.url).host]);
  });
});

describe("serve at its start", () => {
  test("refuses a socket that another process serves and names it", async () => {
    const { folder, socket } = await serve();

    const second = await runToEnd([], { DAPR_COMPONENTS_SOCKETS_FOLDER: folder });

    expect(second.exit).toBe(1);
    expect(second.stdout).toContain(`another process answers on ${join(folder)}`);
    await expect(new DaprdClient(socket).ping()).resolves.toBeUndefined();
  });

  test.each([
    [{ DINGTALK_SOCKET_NAME: "x" }, "did you mean DINGTALK_SOCKET_NAMES?"],
    [{ DINGTALK_SOCKET_NAMES: "../x" }, "DINGTALK_SOCKET_NAMES"],
    [{ DINGTALK_SOCKET_NAMES: "a,,b" }, "DINGTALK_SOCKET_NAMES"],
    [{ DINGTALK_SOCKET_MODE: "rw" }, "DINGTALK_SOCKET_MODE"],
    [{ DINGTALK_SOCKET_MODE: "888" }, "DINGTALK_SOCKET_MODE"],
    [{ DINGTALK_MAX_MESSAGE_BYTES: "4MiB" }, "DINGTALK_MAX_MESSAGE_BYTES"],
    [{ DINGTALK_SHUTDOWN_GRACE: "-1s" }, "DINGTALK_SHUTDOWN_GRACE"],
    [{ LOG_LEVEL: "inof" }, "did you mean info?"],
    [{ LOG_LEVEL: "loud" }, "'loud', not one of trace, debug, info, warn, error, fatal, silent"],
    [{ DINGTALK_METRICS_PROT: "1" }, "did you mean DINGTALK_METRICS_PORT?"],
    [{ dingtalk_socket_mode: "0660" }, "did you mean DINGTALK_SOCKET_MODE?"],
    [{ HTTPS_PROXY: "proxy:3128" }, "HTTPS_PROXY"],
    [{ http_proxy: "http://%zz@proxy:3128" }, "http_proxy"],
  ])("refuses %j", async (env, text) => {
    const { exit, stderr } = await runToEnd(["serve"], env);

    expect(exit).toBe(2);
    expect(stderr).toContain(text);
  });

  test.each([
    ...["DINGTALK_WEBHOOK", "DINGTALK_METRICS_PATH", "DINGTALK_METRICS_HOST"],
    ...["DINGTALK_STATE_DIR", "DINGTALK_LOG_LEVEL"],
  ])("warns of %s, which another tool may read, without its value", async (name) => {
    const { running } = await serve({ [name]: "https://h/?access_token=t0ken" });

    await running.says("unknown environment variable ignored");

    expect(running.stdout()).toContain(`"variable":"${name}"`);
    expect(running.stdout()).not.toContain("t0ken");
  });

  test.each([
    [{}, 'a daprd that runs already has to be restarted"'],
    [{ DINGTALK_STATE_FILE: "state" }, 'restarted, unless the state file has its components"'],
  ])("with %j says of a running daprd: %s", async (variables, text) => {
    const folder = await tempFolder();
    const files = Object.entries(variables).map(([name, file]) => [name, join(folder, file)]);

    const { running } = await serve(Object.fromEntries(files));

    expect(running.stdout()).toContain(text);
  });

  test("writes lines for people on a terminal", async () => {
    const folder = await tempFolder();

    const shown = await onTerminal(["serve"], { DAPR_COMPONENTS_SOCKETS_FOLDER: folder });

    await shown.says("ready for daprd");
    expect(shown.stdout()).toMatch(/^\S*\d\d:\d\d:\d\d\.\d{3}\S* .*INFO .*ready for daprd/m);
    expect(shown.stdout()).not.toContain('{"level"');
  });

  test("takes a misspelled port for no Kubernetes service", async () => {
    const outcome = await runToEnd(["serve"], { DINGTALK_METRIC_PORT: "9464" });

    expect(outcome.exit).toBe(2);
    expect(outcome.stderr).toContain("did you mean DINGTALK_METRICS_PORT?");
  });

  test("ignores the variables of a Kubernetes service named dingtalk", async () => {
    const { running } = await serve({
      DINGTALK_SERVICE_HOST: "10.0.0.1",
      DINGTALK_SERVICE_PORT: "80",
      DINGTALK_SERVICE_PORT_HTTP: "80",
      DINGTALK_PORT: "tcp://10.0.0.1:80",
      DINGTALK_PORT_80_TCP_ADDR: "10.0.0.1",
    });

    expect(running.child.exitCode).toBeNull();
  });
});
