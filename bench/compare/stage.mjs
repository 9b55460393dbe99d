// A robot, our component and two daprds: one that finds it, one that has to serve by itself.
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";
import { findDaprd } from "../../test/daprd/build.mjs";
import { freePort, startChild, startUntilReady } from "./children.mjs";
import { imageFlags } from "./image-node.mjs";
import { startRobot } from "./robot.mjs";

/**
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 * @typedef {import("./robot.mjs").Robot} Robot
 *
 * @typedef {object} Side one of the rivals
 * @property {number} port of daprd's HTTP API
 * @property {ChildProcess[]} processes all that it needs to send
 * @property {string} [component] that is called; if unset, the one that is named after the scheme
 *
 * @typedef {object} Stage
 * @property {Robot} robot
 * @property {ChildProcess} component
 * @property {Side} ours
 * @property {() => Promise<Side>} startBuiltIn
 * @property {(args: readonly string[]) => Promise<Side>} startOther a build that these arguments start
 */

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Node's arguments for the program under test, as the image starts it. */
export const serveArgs = serveArgsOf(main);

/** @param {string} program the main file of a build */
export function serveArgsOf(program) {
  return [...imageFlags, program, "serve"];
}

/**
 * The environment of every component, with compiled code as the image has it.
 *
 * @type {Record<string, string>}
 */
export const imageEnv = {};

/**
 * @param {string} folder
 * @param {readonly string[]} args
 */
export async function compileAsInImage(folder, args = serveArgs) {
  imageEnv.NODE_COMPILE_CACHE = join(folder, "compile-cache");
  await once(startChild(process.execPath, [...args, "--help"], { env: imageEnv }), "exit");
}

/**
 * @param {string} folder
 * @param {(urls: Robot["urls"]) => Record<string, Record<string, string>>} [more] metadata of further
 *   components by name
 * @returns {Promise<Stage>}
 */
export async function startStage(folder, more = () => ({})) {
  const { robot, certFile } = await startBenchRobot(folder);
  const resources = join(folder, "resources");
  const schemes = Object.entries(robot.urls).map(([name, url]) => [name, metadataFor(name, url)]);
  await writeResources(resources, { ...Object.fromEntries(schemes), ...more(robot.urls) });
  const sockets = join(folder, "s");
  const env = { NODE_EXTRA_CA_CERTS: certFile };
  const component = await startComponent(sockets, { env });
  const start = (/** @type {string} */ socketFolder) =>
    startDaprd({ resources, sockets: socketFolder, certFile });
  const { port, daprd } = await start(sockets);
  return {
    robot,
    component,
    ours: { port, processes: [daprd, component] },
    startBuiltIn: async () => {
      const builtIn = await start(join(folder, "nothing"));
      return { port: builtIn.port, processes: [builtIn.daprd] };
    },
    startOther: async (args) => {
      const otherSockets = join(folder, "o");
      const other = await startComponent(otherSockets, { env, args });
      const { port: otherPort, daprd: otherDaprd } = await start(otherSockets);
      return { port: otherPort, processes: [otherDaprd, other] };
    },
  };
}

/** @param {string} folder */
export async function startBenchRobot(folder) {
  const { keyFile, certFile } = await createCertificate(folder);
  return { robot: await startRobot(join(folder, "nginx"), { keyFile, certFile }), certFile };
}

/** @param {string} folder */
async function createCertificate(folder) {
  await mkdir(folder, { recursive: true });
  // RSA, as DingTalk's own certificates are; the key decides what a new connection costs.
  const pems = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    keyType: "rsa",
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  await writeFile(keyFile, pems.private, { mode: 0o600 });
  await writeFile(certFile, pems.cert);
  return { keyFile, certFile };
}

/**
 * @param {string} folder
 * @param {Record<string, Record<string, string>>} components metadata by name
 */
export async function writeResources(folder, components) {
  await mkdir(folder, { recursive: true });
  for (const [name, metadata] of Object.entries(components)) {
    const fields = Object.entries(metadata)
      .map(([field, value]) => `    - { name: ${field}, value: "${value}" }`)
      .join("\n");
    const yaml = `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: ${name} }
spec:
  type: bindings.dingtalk.webhook
  version: v1
  metadata:
${fields}
`;
    await writeFile(join(folder, `${name}.yaml`), yaml);
  }
}

/**
 * A component's metadata, with a signature and without a limit.
 *
 * @param {string} id
 * @param {string} url
 * @returns {Record<string, string>}
 */
export function metadataFor(id, url) {
  return { id, url, secret: "SECbench", messagesPerMinute: "0", direction: "output" };
}

/**
 * @param {string} sockets
 * @param {{ env?: Record<string, string>, args?: readonly string[] }} [options]
 */
export function startComponent(sockets, { env = {}, args = serveArgs } = {}) {
  return startUntilReady(process.execPath, args, {
    ready: "ready for daprd",
    env: { ...imageEnv, DAPR_COMPONENTS_SOCKETS_FOLDER: sockets, ...env },
  });
}

/** @param {{ resources: string, sockets: string, certFile?: string, appPort?: number }} options */
export async function startDaprd({ resources, sockets, certFile, appPort }) {
  const port = await freePort();
  const daprd = await startUntilReady(
    findDaprd() ?? "daprd",
    [
      ...["--mode", "standalone", "--app-id", "bench", "--resources-path", resources],
      ...["--dapr-http-port", `${port}`, "--dapr-grpc-port", `${await freePort()}`],
      ...["--dapr-internal-grpc-port", `${await freePort()}`],
      ...["--dapr-listen-addresses", "127.0.0.1", "--enable-metrics=false"],
      ...["--dapr-graceful-shutdown-seconds", "1"],
      ...(appPort === undefined ? [] : ["--app-port", `${appPort}`]),
      ...["--app-channel-address", "127.0.0.1"],
    ],
    {
      ready: "dapr initialized. Status: Running",
      env: {
        DAPR_HOST_IP: "127.0.0.1",
        DAPR_COMPONENTS_SOCKETS_FOLDER: sockets,
        ...(certFile !== undefined && { SSL_CERT_FILE: certFile }),
      },
    },
  );
  return { port, daprd };
}
