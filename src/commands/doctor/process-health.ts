import { join } from "node:path";
import { readHealth, sharedNameHealth } from "../../dapr/component-server.ts";
import { askHealth } from "../health-client.ts";
import { type Finding, skipped, warning } from "./finding.ts";
import type { SocketEntry } from "./sockets.ts";

const answerTimeoutMs = 2000;

/** What our process says of its daprds, by the health service that stops serving then. */
const complaints = [
  {
    service: readHealth,
    check: "readers",
    what: "daprd reads no more from a component, so neither get nor what people write reaches an app",
    remedy:
      "check that the app is healthy; restart daprd, or change the component's YAML, which makes daprd load it again",
  },
  {
    service: sharedNameHealth,
    check: "shared-name",
    what: "two apps use one component name with different configurations through one dingtalk-webhook",
    remedy:
      "give each app a socket folder of its own: DAPR_COMPONENTS_SOCKETS_FOLDER for its daprd and for its dingtalk-webhook",
  },
];

/** Asks each process of ours in the folder for what only the process knows. */
export async function checkProcesses(
  folder: string,
  entries: readonly SocketEntry[],
): Promise<Finding[]> {
  const ours = entries.filter(({ listener }) => listener === "ours");
  const paths = ours.map(({ file }) => join(folder, file));
  const all = await Promise.all(paths.flatMap((path) => complaints.map((one) => ask(path, one))));
  // One process may have several sockets.
  return [...new Map(all.flat().map((finding) => [finding.message, finding])).values()];
}

async function ask(
  path: string,
  { service, check, what, remedy }: (typeof complaints)[number],
): Promise<Finding[]> {
  const { status } = await askHealth(path, { service, timeoutMs: answerTimeoutMs });
  if (status === undefined)
    return [skipped`${check}: dingtalk-webhook did not say whether ${what}`];
  return status === "SERVING" ? [] : [warning`${check}: ${what} -> ${remedy}`];
}
