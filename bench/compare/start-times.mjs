// From the start of a process to the first answer on its socket, beside a Node that does nothing.
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild, stopChild } from "./children.mjs";
import { imageEnv, serveArgs } from "./stage.mjs";

const clientPreface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  // An empty SETTINGS frame.
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * @param {string} folder
 * @param {number} times
 * @returns {Promise<{ ours: number[], bare: number[] }>} milliseconds
 */
export async function measureStarts(folder, times) {
  /** @type {{ ours: number[], bare: number[] }} */
  const starts = { ours: [], bare: [] };
  for (let index = 0; index < times; index += 1) {
    starts.bare.push(await timeBareNode());
    starts.ours.push(await timeComponent(join(folder, `start-${index}`)));
  }
  return starts;
}

async function timeBareNode() {
  const start = performance.now();
  await once(startChild(process.execPath, ["-e", "0"]), "exit");
  return performance.now() - start;
}

/**
 * @param {string} sockets
 * @param {readonly string[]} args
 */
export async function timeComponent(sockets, args = serveArgs) {
  await mkdir(sockets, { recursive: true });
  const socket = join(sockets, "dingtalk.webhook.sock");
  const start = performance.now();
  const component = startChild(process.execPath, args, {
    env: { ...imageEnv, DAPR_COMPONENTS_SOCKETS_FOLDER: sockets },
  });
  while (!(await answers(socket))) {
    if (component.exitCode !== null) throw new Error("the component ended at its start");
    await sleep(1);
  }
  const elapsed = performance.now() - start;
  await stopChild(component);
  return elapsed;
}

/**
 * Whether a server begins to speak HTTP/2, as daprd needs it.
 *
 * @param {string} path
 * @returns {Promise<boolean>}
 */
function answers(path) {
  return new Promise((resolve) => {
    const connection = connect(path, () => connection.write(clientPreface));
    connection.once("data", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}
