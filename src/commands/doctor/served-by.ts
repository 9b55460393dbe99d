import { type SocketPlan, socketPath } from "../../dapr/sockets.ts";
import { serves } from "./components.ts";
import { type LoadedComponent, offeredOperations, type RunningDaprd } from "./daprd.ts";
import { type Finding, ok, problem, skipped } from "./finding.ts";
import { operationsOf } from "./socket-probe.ts";

/**
 * Operations of daprd's built-in binding, in the order in which daprd names them. `WebhookBinding`
 * has them in another order.
 */
const builtInOperations = "create get";
/** The operations in the order of `WebhookBinding`. */
const ownOperations = "get create reply";

/** Tells from which process daprd has a component. */
export async function checkServer(
  component: LoadedComponent,
  daprd: RunningDaprd,
  plan: SocketPlan,
): Promise<Finding> {
  const { name } = component;
  const socket = plan.names.find((other) => serves([other], component.type)) ?? "";
  const ours = (await operationsOf(socketPath(plan, socket), name))?.join(" ");
  const daprds = await offeredOperations(daprd, name);
  if (ours === undefined || (daprds !== undefined && daprds !== ours)) {
    return notFromHere(name, daprds, plan);
  }
  // With equal operations, the process may know the name from another daprd or its state file.
  return daprds !== undefined && daprds !== builtInOperations
    ? ok`served-by: daprd has ${name} from dingtalk-webhook`
    : skipped`served-by: daprd does not tell where it has ${name} from; a daprd on its folder told dingtalk-webhook of it`;
}

/** The cure depends on who serves, and the folder of this environment need not be daprd's. */
function notFromHere(name: string, daprds: string | undefined, { folder }: SocketPlan): Finding {
  const sameFolder = `if daprd has another DAPR_COMPONENTS_SOCKETS_FOLDER than ${folder}, run the doctor with that`;
  if (daprds === ownOperations) {
    return problem`served-by: daprd has ${name} from a dingtalk-webhook that was restarted since or is not in ${folder} -> restart daprd or change the YAML of ${name}, and set DINGTALK_STATE_FILE; ${sameFolder}`;
  }
  const server =
    daprds === undefined
      ? "daprd serves it itself, or dingtalk-webhook was restarted since"
      : "daprd serves it itself";
  return problem`served-by: daprd does not have ${name} from this dingtalk-webhook: ${server} -> restart daprd while dingtalk-webhook runs; ${sameFolder}; with DINGTALK_STATE_FILE, later restarts need no restart of daprd`;
}
