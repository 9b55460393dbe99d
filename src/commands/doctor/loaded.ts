import type { SocketPlan } from "../../dapr/sockets.ts";
import { type ComponentResource, directionsOf, receives } from "./component-resource.ts";
import { isAboutDingTalk, serves } from "./components.ts";
import type { LoadedComponent, RunningDaprd } from "./daprd.ts";
import { type Finding, problem, warning } from "./finding.ts";

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
