// Processes of the bench, gone with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/**
 * Starts a process that gets PATH, HOME and what is given, so that no proxy of the shell's stands
 * between.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, stdio?: import("node:child_process").StdioOptions }} [options]
 * @returns {ChildProcess}
 */
export function startChild(command, args, { env = {}, stdio = "ignore" } = {}) {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, { env: { PATH, HOME, ...env }, stdio });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

/**
 * Starts a process and waits until it has written a text.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ ready: string, env?: Record<string, string> }} options
 * @returns {Promise<ChildProcess>}
 */
export async function startUntilReady(command, args, { ready, env }) {
  const child = startChild(command, args, {
    ...(env ? { env } : {}),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${command} ended with ${code}\n${output}`)));
    const hear = (/** @type {Buffer} */ chunk) => {
      if (output.length > 1_000_000) return;
      output += chunk;
      if (output.includes(ready)) resolve(undefined);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
  });
  return child;
}

/** @param {ChildProcess} child */
export async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** @returns {Promise<number>} a port that was free a moment ago */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await once(server.close(), "close");
  return address !== null && typeof address === "object" ? address.port : 0;
}
