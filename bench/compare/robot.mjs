// A robot that takes everything at once: nginx, so that it takes little of the cores that it
// shares with the rivals, and as many handshakes at a time as there are cores.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startChild } from "./children.mjs";
import { childrenOf, cpuMs } from "./process-facts.mjs";

/**
 * @typedef {"https" | "http"} Scheme
 *
 * @typedef {object} Counts
 * @property {number} posts
 * @property {number} connections
 *
 * @typedef {object} Robot
 * @property {Record<Scheme, string>} urls
 * @property {() => Promise<Counts>} count since its start
 * @property {() => number} cpuMs since its start, in milliseconds
 * @property {import("node:child_process").ChildProcess} process
 */

/**
 * @param {string} folder
 * @param {{ keyFile: string, certFile: string }} certificate
 * @returns {Promise<Robot>}
 */
export async function startRobot(folder, { keyFile, certFile }) {
  await mkdir(folder, { recursive: true });
  const ports = { https: await freePort(), http: await freePort(), status: await freePort() };
  const configFile = join(folder, "nginx.conf");
  await writeFile(configFile, configuration(folder, { ports, keyFile, certFile }));
  const nginx = startChild("nginx", ["-p", folder, "-c", configFile, "-e", "stderr"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  // Those for the counts are counted with them.
  let questions = 0;
  const url = (/** @type {Scheme} */ scheme) =>
    `${scheme}://127.0.0.1:${ports[scheme]}/robot/send?access_token=${scheme}`;
  const count = async () => {
    const answer = await fetch(`http://127.0.0.1:${ports.status}`, {
      headers: { connection: "close" },
    });
    questions += 1;
    const [, accepted, , requests] = (await answer.text()).match(/\d+/g)?.map(Number) ?? [];
    if (accepted === undefined || requests === undefined) throw new Error("nginx has no counts");
    return { posts: requests - questions, connections: accepted - questions };
  };
  const isUp = () =>
    count().then(
      () => true,
      (error) => {
        // fetch's, without a connection.
        if (error instanceof TypeError) return false;
        throw error;
      },
    );
  while (!(await isUp())) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
    await sleep(10);
  }
  return {
    urls: { https: url("https"), http: url("http") },
    count,
    cpuMs: () => cpuMs(nginx.pid) + childrenOf(nginx.pid).reduce((sum, pid) => sum + cpuMs(pid), 0),
    process: nginx,
  };
}

/**
 * @param {string} folder
 * @param {{ ports: Record<Scheme | "status", number>, keyFile: string, certFile: string }} options
 */
function configuration(folder, { ports, keyFile, certFile }) {
  const temporaryPaths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(" ");
  return `daemon off;
pid ${join(folder, "nginx.pid")};
worker_processes auto;
events { worker_connections 8192; }
http {
  access_log off;
  ${temporaryPaths}
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  default_type application/json;
  server {
    listen 127.0.0.1:${ports.http} backlog=4096;
    listen 127.0.0.1:${ports.https} ssl backlog=4096;
    ssl_certificate ${certFile};
    ssl_certificate_key ${keyFile};
    location = /robot/send { return 200 '{"errcode":0,"errmsg":"ok"}'; }
  }
  server {
    listen 127.0.0.1:${ports.status};
    location / { stub_status; }
  }
}
`;
}
