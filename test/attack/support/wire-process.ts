import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { askHealth } from "../../../src/commands/health-client.ts";
import { eventually } from "../../support/eventually.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const main = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

/** Starts `serve` with a standard output of the test's choice. Waits until the socket answers. */
export async function serveInto(
  stdout: "pipe" | number,
  env: Readonly<Record<string, string>> = {},
) {
  const folder = await tempFolder();
  const child = spawn(process.execPath, [main, "serve"], {
    env: { PATH: process.env.PATH ?? "", DAPR_COMPONENTS_SOCKETS_FOLDER: folder, ...env },
    stdio: ["ignore", stdout, "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit").then(([code, signal]) => code ?? signal);
  const socket = join(folder, "dingtalk.webhook.sock");
  const question = { service: "", timeoutMs: 1000 };
  await eventually(async () => (await askHealth(socket, question)).status === "SERVING");
  const pid = child.pid ?? 0;
  return { child, socket, exited, cpuMs: () => cpuMsOf(pid), peakMiB: () => peakMiBOf(pid) };
}

/** A bare HTTP/2 connection to a socket. */
export function openHttp2(socket: string) {
  const session = connectHttp2("http://localhost", { createConnection: () => connect(socket) });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** CPU time of a process so far. Linux counts it in hundredths of a second. */
async function cpuMsOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The most memory that a process ever used. */
async function peakMiBOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(text)?.[1]) / 1024;
}
