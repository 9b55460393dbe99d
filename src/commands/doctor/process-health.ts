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
    "daprd reads no more from a component, so neither get nor what people write reaches an app",
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
  const ours = entries.filter(({ listener }) => listener === "ours");
  const all = await Promise.all(ours.map(({ file }) => checkProcess(join(folder, file))));
  // One process may have several sockets.
  return [...new Map(all.flat().map((finding) => [finding.message, finding])).values()];
}

async function checkProcess(path: string): Promise<Finding[]> {
  const findings = Object.entries(complaints).map(async ([service, [check, what, cure]]) => {
    const { status } = await askHealth(path, { service, timeoutMs: answerTimeoutMs });
    if (status === undefined) {
      return [skipped`${check}: dingtalk-webhook did not say whether ${what}`];
    }
    return status === "SERVING" ? [] : [warning`${check}: ${what} -> ${cure}`];
  });
  return (await Promise.all(findings)).flat();
}
