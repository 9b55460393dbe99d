import { type SocketPlan, socketPath } from "../../dapr/sockets.ts";
import { type ComponentResource, directionsOf, receives } from "./component-resource.ts";
import { isAboutDingTalk, serves } from "./components.ts";
import { type LoadedComponent, offeredOperations, type RunningDaprd } from "./daprd.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";
import { operationsOf } from "./socket-probe.ts";

/** daprd's components that are of a type of ours, or have `dingtalk` in it. */
export function loadedByDaprd(daprd: RunningDaprd, plan: SocketPlan): readonly LoadedComponent[] {
  return daprd.components.filter(({ type }) => serves(plan.names, type) || isAboutDingTalk(type));
}

/**
 * Compares what daprd has loaded with the YAML.
 *
 * @param ours the components of the YAML; undefined if no YAML was named
 */
export function* checkLoaded(
  daprd: RunningDaprd,
  loaded: readonly LoadedComponent[],
  ours: readonly ComponentResource[] | undefined,
): Iterable<Finding> {
  if (loaded.length === 0 && !ours?.length) {
    yield warning`daprd: daprd has loaded no DingTalk component -> put its YAML into the folder of daprd's --resources-path, and name that folder in --resources`;
  }
  for (const component of ours ?? []) yield* checkComponent(daprd, loaded, component);
  for (const { name } of loaded) {
    if (ours?.some((component) => component.name === name) !== false) continue;
    yield warning`loaded: daprd has loaded ${name}, which no YAML of --resources defines -> name the folder that daprd reads, or the port of the right daprd in --dapr-http-port`;
  }
}

function* checkComponent(
  { appId, hasAppPort }: RunningDaprd,
  loaded: readonly LoadedComponent[],
  component: ComponentResource,
): Iterable<Finding> {
  const { name, scopes, type } = component;
  const found = loaded.find((other) => other.name === name);
  if (found === undefined && (scopes.length === 0 || scopes.includes(appId))) {
    yield problem`loaded: daprd runs without ${name}, which the YAML has -> look for it in daprd's log: is this folder daprd's --resources-path, is the secret store of the component loaded, has daprd been restarted since, is this its --dapr-http-port?`;
  } else if (found === undefined) {
    yield warning`loaded: daprd runs without ${name}, because its scopes leave out the app ${appId} -> add ${appId} to scopes if that app is to use it`;
  } else if (found.type !== type) {
    yield problem`loaded: daprd has loaded ${name} as ${found.type}, the YAML has the type ${type} -> wait for daprd to load the YAML again, restart daprd, or name the folder that daprd reads`;
  } else if (!hasAppPort) {
    yield* checkAppPort(component);
  }
}

/** Without a port of the app, daprd never reads from a component. */
function* checkAppPort(component: ComponentResource): Iterable<Finding> {
  const { name } = component;
  const directions = directionsOf(component);
  if (receives(component)) {
    yield problem`app-port: ${name} is to receive, and daprd has no port of the app, so what people write reaches nobody -> start daprd with --app-port`;
  } else if (directions?.includes("input")) {
    const report = directions.includes("output") ? warning : problem;
    yield report`app-port: ${name} has the direction input, and daprd has no port of the app, so get reaches nobody -> start daprd with --app-port, or write direction: output`;
  }
}

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
