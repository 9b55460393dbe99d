// Shows the main job: the call of an app goes through daprd and the component to a robot of the
// sandbox.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findDaprd } from "../test/daprd/build.mjs";
import { prepare } from "./prepare.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "dist/main.js");
const component = "alerts";
const message = {
  operation: "create",
  data: { msgtype: "text", text: { content: "disk 93 % full on db-1" } },
};

const picture = "https://img.example.com/deploy.png";
const page = "https://example.com/deploys/42";
const card = {
  title: "v2.4 is ready",
  text: "### v2.4 is ready\n\n12 commits, **all tests pass**.",
};
const buttons = [
  { title: "Approve", actionURL: `${page}/approve` },
  { title: "Reject", actionURL: `${page}/reject` },
];
const oneOfEachType = [
  {
    msgtype: "text",
    text: { content: "payments are back after 3 minutes, @13800000000 please write it up" },
    at: { atMobiles: ["13800000000"] },
  },
  {
    msgtype: "link",
    link: {
      title: "A day in the sandbox",
      text: "Why look here first",
      messageUrl: page,
      picUrl: picture,
    },
  },
  {
    msgtype: "markdown",
    markdown: {
      title: "Deploy 42",
      text: "## Deploy 42\n\n> db-1, db-2\n\n- *migrated* in 4 s\n- **0** errors\n\n[details](https://example.com)",
    },
  },
  { msgtype: "actionCard", actionCard: { ...card, singleTitle: "Open", singleURL: page } },
  { msgtype: "actionCard", actionCard: { ...card, btns: buttons, btnOrientation: "1" } },
  {
    msgtype: "feedCard",
    feedCard: {
      links: [
        { title: "This week in operations", messageURL: page, picURL: picture },
        { title: "Seven alerts nobody needed", messageURL: page, picURL: picture },
      ],
    },
  },
];

const whatNext = `
what next:
  see it:       npm run demo -- --keep, and open the page that it names
  your robot:   ROBOT_URL=… ROBOT_SECRET=SEC… node dist/main.js send "hello"
  your app:     put the YAML of README.md into ./resources, npm start, then start daprd`;

/** @type {import("node:child_process").ChildProcess[]} */
const children = [];
// A signal ends the demo in order at every moment, so that no process stays behind.
const ended = new Promise((resolve) => {
  process.once("SIGINT", resolve);
  process.once("SIGTERM", resolve);
});
const folder = await mkdtemp(join(tmpdir(), "dingtalk-demo-"));
try {
  prepare();
  await Promise.race([demo(), ended]);
} catch (error) {
  say(`the demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  for (const child of children.reverse()) await stop(child);
  await rm(folder, { recursive: true, force: true });
}

async function demo() {
  const sandbox = await start(
    "the sandbox in place of DingTalk",
    [main, "sandbox", "--port", "0"],
    {
      ready: /listening on (http:\S+)/,
    },
  );
  const sockets = join(folder, "s");
  const noProxy = { NO_PROXY: "127.0.0.1,localhost", no_proxy: "127.0.0.1,localhost" };
  const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: sockets, LOG_LEVEL: "info", ...noProxy };
  await start("the component", [main, "serve"], { ready: /ready for daprd/, env });
  const url = `${sandbox}/robot/send?access_token=signed`;
  const daprd = findDaprd();
  if (daprd) await sendThroughDaprd(daprd, { env, url });
  else await sendOverSocket(join(sockets, "dingtalk.webhook.sock"), url);
  const arrived = await fetch(`${sandbox}/api/messages?token=signed`);
  say(`\nit arrived in the group as\n${JSON.stringify(await arrived.json(), null, 2)}`);
  if (process.argv.includes("--keep")) await showRoom(sandbox);
  say(whatNext);
}

/**
 * Sends a message of each type to a room and waits for a signal.
 *
 * @param {string} sandbox
 */
async function showRoom(sandbox) {
  for (const message of oneOfEachType) {
    const answer = await fetch(`${sandbox}/robot/send?access_token=sandbox`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    await answer.body?.cancel();
  }
  say(`\nopen the rooms at ${sandbox}/\nCtrl-C ends the demo`);
  await ended;
}

/**
 * @param {string} daprd
 * @param {{ env: Record<string, string>, url: string }} options
 */
async function sendThroughDaprd(daprd, { env, url }) {
  const resources = join(folder, "resources");
  await mkdir(resources);
  await writeFile(join(resources, `${component}.yaml`), componentYaml(url));
  const [http = 0, grpc = 0, internal = 0] = await freePorts(3);
  const args = [
    ...["--mode", "standalone", "--app-id", "demo", "--resources-path", resources],
    ...["--dapr-http-port", `${http}`, "--dapr-grpc-port", `${grpc}`],
    ...["--dapr-internal-grpc-port", `${internal}`, "--dapr-listen-addresses", "127.0.0.1"],
    ...["--enable-metrics=false", "--dapr-graceful-shutdown-seconds", "1"],
  ];
  await start("daprd", args, {
    command: daprd,
    ready: /dapr initialized. Status: Running/,
    env: { ...env, DAPR_HOST_IP: "127.0.0.1" },
  });
  const address = `http://localhost:${http}/v1.0/bindings/${component}`;
  say(`\n$ curl ${address} -d '${JSON.stringify(message)}'`);
  const answer = await fetch(address, { method: "POST", body: JSON.stringify(message) });
  say(`${answer.status} ${await answer.text()}`);
  if (!answer.ok) throw new Error("the message was refused");
}

/**
 * Calls the component on its socket as daprd does.
 *
 * @param {string} socket
 * @param {string} url
 */
async function sendOverSocket(socket, url) {
  say("\nno daprd on the PATH or in the cache: the demo calls the component's socket itself");
  const { credentials, Metadata } = await import("@grpc/grpc-js");
  const server = new URL("../build/src/dapr/bindings-proto.js", import.meta.url).href;
  const { OutputBinding } = (await import(server)).loadBindings().grpcTypes.dapr.proto.components
    .v1;
  const client = new OutputBinding(`unix:${socket}`, credentials.createInsecure());
  const header = new Metadata();
  header.set("x-component-instance", component);
  const properties = { id: component, url, secret: "SECsandbox" };
  /** @type {(method: string, request: object) => Promise<{ data: Buffer }>} */
  const call = (method, request) =>
    new Promise((resolve, reject) => {
      client[method](
        request,
        header,
        (/** @type {Error | null} */ error, /** @type {any} */ answer) =>
          error ? reject(error) : resolve(answer),
      );
    });
  await call("Init", { metadata: { properties } });
  const { operation, data } = message;
  say(`\nInvoke ${operation} ${JSON.stringify(data)}`);
  const answer = await call("Invoke", { operation, data: Buffer.from(JSON.stringify(data)) });
  say(`OK ${answer.data}`);
  client.close();
}

/** @param {string} url */
function componentYaml(url) {
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${component}
spec:
  type: bindings.dingtalk.webhook
  version: v1
  metadata:
    - name: id
      value: ${component}
    - name: url
      value: ${url}
    - name: secret
      value: SECsandbox
    - name: direction
      value: output
`;
}

/**
 * Starts a process and waits until its output says that it is ready.
 *
 * @param {string} name
 * @param {string[]} args
 * @param {{ ready: RegExp, command?: string, env?: Record<string, string> }} options
 * @returns {Promise<string>} the first group of `ready`
 */
async function start(name, args, { ready, command = process.execPath, env = {} }) {
  say(`starting ${name}`);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let output = "";
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${name} ended with ${code}\n${output}`)));
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output += text;
      const match = ready.exec(output);
      if (match) resolve(match[1] ?? "");
    });
  });
}

/** @param {import("node:child_process").ChildProcess} child */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/**
 * @param {number} count
 * @returns {Promise<number[]>}
 */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
