import type { SocketPlan } from "../../dapr/sockets.ts";
import type { ComponentResource } from "./component-resource.ts";
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
export function checkLoaded(
  daprd: RunningDaprd,
  loaded: readonly LoadedComponent[],
  ours: readonly ComponentResource[] | undefined,
): Finding[] {
  if (ours === undefined) return loaded.length === 0 ? [nothingLoaded] : [];
  const missing = ours.flatMap((component) => checkComponent(daprd, loaded, component));
  const surplus = loaded
    .filter(({ name }) => !ours.some((component) => component.name === name))
    .map(
      ({ name }) =>
        warning`loaded: daprd has loaded ${name}, which no YAML of --resources defines -> name the folder that daprd reads, or the port of the right daprd in --dapr-http-port`,
    );
  const isIdle = loaded.length === 0 && missing.length === 0;
  return [...(isIdle ? [nothingLoaded] : []), ...missing, ...surplus];
}

const nothingLoaded = warning`daprd: daprd has loaded no DingTalk component -> put its YAML into the folder of daprd's --resources-path, and name that folder in --resources`;

function checkComponent(
  daprd: RunningDaprd,
  loaded: readonly LoadedComponent[],
  component: ComponentResource,
): Finding[] {
  const { name, scopes, type } = component;
  const isInScope = scopes.length === 0 || scopes.includes(daprd.appId);
  const found = loaded.find((other) => other.name === name);
  if (found === undefined) {
    return [isInScope ? notLoaded(name) : outOfScope(name, daprd.appId)];
  }
  if (found.type !== type) {
    return [
      problem`loaded: daprd has loaded ${name} as ${found.type}, the YAML has the type ${type} -> wait for daprd to load the YAML again, restart daprd, or name the folder that daprd reads`,
    ];
  }
  return daprd.hasAppPort ? [] : checkAppPort(component);
}

function notLoaded(name: string): Finding {
  return problem`loaded: daprd runs without ${name}, which the YAML has -> look for it in daprd's log: is this folder daprd's --resources-path, is the secret store of the component loaded, has daprd been restarted since, is this its --dapr-http-port?`;
}

function outOfScope(name: string, appId: string): Finding {
  return warning`loaded: daprd runs without ${name}, because its scopes leave out the app ${appId} -> add ${appId} to scopes if that app is to use it`;
}

/** Without a port of the app, daprd never reads from a component. */
function checkAppPort({ name, fields }: ComponentResource): Finding[] {
  const direction = fields.find((field) => field.name.toLowerCase() === "direction")?.value ?? "";
  const words = direction.split(",").map((word) => word.trim().toLowerCase());
  if (!words.includes("input")) return [];
  const report = words.includes("output") ? warning : problem;
  return [
    report`app-port: ${name} has the direction input, and daprd has no port of the app, so get reaches nobody -> start daprd with --app-port, or write direction: output`,
  ];
}
