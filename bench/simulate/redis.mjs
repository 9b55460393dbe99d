import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Starts a Redis of our own, which keeps nothing.
 *
 * @param {string} folder
 * @returns {Promise<{ port: number, stop(): Promise<void> }>}
 */
export async function startRedis(folder) {
  const port = await freePort();
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const child = spawn("redis-server", options, { stdio: "ignore" });
  process.on("exit", () => child.kill());
  const exit = once(child, "exit");
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error("redis-server ended at its start");
    await sleep(20);
  }
  return {
    port,
    async stop() {
      child.kill();
      await exit;
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
