import { join } from "node:path";
import { readHealth, sharedNameHealth } from "../../dapr/component-server.ts";
import { askHealth } from "../health-client.ts";
import { type Finding, skipped, warning } from "./finding.ts";
import type { SocketEntry } from "./sockets.ts";

const answerTimeoutMs = 2000;

/** What our process says of its daprds, by the health service that stops serving then. */
const complaints: Readonly<Record<string, readonly [check: string, what: string, cure: string]>> = {
  [readHealth]: [
    "readers",
    "daprd reads no more from a component, so get reaches no app",
    "check that the app is healthy; restart daprd, or change the component's YAML, which makes daprd load it again",
  ],
  [sharedNameHealth]: [
    "shared-name",
    "two apps use one component name with different configurations through one dingtalk-webhook",
    "give each app a socket folder of its own: DAPR_COMPONENTS_SOCKETS_FOLDER for its daprd and for its dingtalk-webhook",
  ],
};

/** Asks each process of ours in the folder for what only the process knows. */
export async function checkProcesses(
  folder: string,
  entries: readonly SocketEntry[],
): Promise<Finding[]> {
  const paths = entries
    .filter(({ listener }) => listener === "ours")
    .map(({ file }) => join(folder, file));
  const all = (await Promise.all(paths.map(checkProcess))).flat();
  // One process may have several sockets.
  return all.filter(
    ({ message }, index) => all.findIndex((other) => other.message === message) === index,
  );
}

async function checkProcess(path: string): Promise<Finding[]> {
  const findings = Object.entries(complaints).map(async ([service, [check, what, cure]]) => {
    const { status } = await askHealth(path, { service, timeoutMs: answerTimeoutMs });
    if (status === "SERVING") return [];
    return status === undefined
      ? [skipped`${check}: dingtalk-webhook did not say whether ${what}`]
      : [warning`${check}: ${what} -> ${cure}`];
  });
  return (await Promise.all(findings)).flat();
}
