import { collect } from "../base/collect.ts";
import { UsageError } from "../base/usage-error.ts";
import type { SocketPlan } from "../dapr/sockets.ts";
import { type Command, parseOptions } from "./command.ts";
import { plainUrls } from "./doctor/addresses.ts";
import { checkAppAnswers } from "./doctor/app-answers.ts";
import { checkCallbackPort } from "./doctor/callback-port.ts";
import { type ComponentResource, fieldOf } from "./doctor/component-resource.ts";
import { checkComponent, ourComponents } from "./doctor/components.ts";
import { checkTracedCalls, type RunningDaprd, readDaprd } from "./doctor/daprd.ts";
import { checkEnvironment } from "./doctor/environment.ts";
import { type Finding, type Findings, ok, skipped, toText, warning } from "./doctor/finding.ts";
import { checkFolder, checkPathLengths, readFolder } from "./doctor/folder.ts";
import { checkLoaded, checkServer, loadedByDaprd } from "./doctor/loaded.ts";
import { checkNames } from "./doctor/names.ts";
import { checkProcesses } from "./doctor/process-health.ts";
import { checkReferences } from "./doctor/references.ts";
import { readResources } from "./doctor/resources.ts";
import { checkClock, type RobotHost } from "./doctor/robot-clock.ts";
import { checkSockets, readSockets } from "./doctor/sockets.ts";
import { checkStream } from "./doctor/stream.ts";

const help = `Usage: dingtalk-webhook doctor [OPTIONS]

Checks the set-up and prints what is wrong and how to fix it. It looks at the environment, the
socket folder and its sockets, the YAML of the components, the connection to the robots, the clock,
and whether daprd uses this dingtalk-webhook or its built-in binding. It sends no message and no
token, and prints neither.

For a component with receive: stream, it opens a connection to DingTalk and closes it at once. A
message that comes in this moment comes again after about a minute.

Exits with 1 if there is a problem. A warning may be intended. What it did not look at is skipped,
and may be wrong all the same. A url or secret in plain text is a problem, unless every url of the
component leads to this machine.

Options:
  --resources DIR        folder of the YAML files, as daprd's --resources-path; may be repeated;
                         - reads YAML from standard input
  --dapr-http-port PORT  HTTP port of daprd (default: DAPR_HTTP_PORT, then 3500)
  --json                 print {"ok": …, "findings": [{"check", "level", "message", "remedy"}]}

Environment: the variables of dingtalk-webhook serve, and DAPR_API_TOKEN if daprd asks for it. Run
the doctor as the user and in the container of serve, because it checks the rights of its own user.
`;

/** Assumed for a robot whose address stands in a secret store, which only daprd can read. */
const usualOrigin = "https://oapi.dingtalk.com";

/** Finds what prevents daprd, the sidecar and DingTalk from working together. */
export const doctorCommand: Command = {
  summary: "say what is wrong with the set-up and how to fix it",
  help,
  reportsEnvironment: true,
  async run(args) {
    const { env, stdout } = process;
    const options = parseOptions(args, {
      resources: { type: "string", multiple: true, default: [] },
      "dapr-http-port": { type: "string", default: env.DAPR_HTTP_PORT || "3500" },
      json: { type: "boolean" },
    });
    const findings = await examine(options.resources, readPort(options["dapr-http-port"]));
    const isOk = findings.every(({ level }) => level !== "problem");
    // A stream that is no terminal has neither columns nor colours.
    const terminal = { columns: stdout.columns, hasColors: stdout.isTTY && stdout.hasColors() };
    stdout.write(
      options.json
        ? `${JSON.stringify({ ok: isOk, findings }, null, 2)}\n`
        : toText(findings, terminal),
    );
    return isOk ? 0 : 1;
  },
};

function readPort(text: string): number {
  const port = Number(text);
  if (/^[1-9]\d{0,4}$/.test(text) && port <= 65_535) return port;
  throw new UsageError("--dapr-http-port takes a number from 1 to 65535");
}

async function examine(resources: readonly string[], port: number): Promise<Finding[]> {
  const { env } = process;
  const { config, findings } = checkEnvironment(env);
  const { sockets } = config;
  const { components, findings: unreadable } = await readResources(resources);
  const ours = ourComponents(components, sockets.names);
  const daprd = await readDaprd({ port, apiToken: env.DAPR_API_TOKEN ?? "" });
  const context = {
    components,
    loaded: "level" in daprd ? undefined : daprd.components.map(({ name }) => name),
    isKubernetes: Boolean(env.KUBERNETES_SERVICE_HOST),
  };
  // The sockets have a limit of time, so nothing else runs beside this check.
  const folder = await collect(examineFolder(sockets));
  const checks = [
    findings,
    folder,
    unreadable,
    checkCount(resources, ours),
    ...ours.map((component) => checkComponent(component, sockets.names)),
    checkNames(components),
    ...ours.map((component) => checkReferences(component, context)),
    examineClocks(ours),
    ...ours.map((component) => checkCallbackPort(component, config)),
    ...ours.map((component) => checkStream(component, components)),
    checkAppAnswers(ours, config.metricsPort),
    examineDaprd(daprd, sockets, resources.length > 0 ? ours : undefined),
  ];
  return (await Promise.all(checks.map((check: Findings) => collect(check)))).flat();
}

/** Says so if no component was looked at. */
function* checkCount(resources: readonly string[], ours: readonly unknown[]): Iterable<Finding> {
  if (resources.length === 0) {
    yield skipped`component: no YAML was looked at -> name daprd's folder of YAML files in --resources`;
  } else if (ours.length === 0) {
    yield warning`component: the YAML of --resources has no DingTalk component -> name the folder that daprd reads`;
  }
}

async function* examineFolder(plan: SocketPlan): AsyncIterable<Finding> {
  const facts = await readFolder(plan.folder);
  const isFolder = !("level" in facts);
  yield isFolder ? checkFolder(plan.folder, facts) : facts;
  yield* checkPathLengths(plan);
  if (!isFolder) return;
  const entries = await readSockets(plan.folder);
  if (entries === undefined) {
    return yield skipped`socket: the files of ${plan.folder} cannot be listed -> chmod o+r`;
  }
  const processes = await checkProcesses(plan.folder, entries);
  yield* checkSockets(plan, entries);
  yield* processes;
}

async function* examineDaprd(
  daprd: RunningDaprd | Finding,
  sockets: SocketPlan,
  ours: readonly ComponentResource[] | undefined,
): AsyncIterable<Finding> {
  if ("level" in daprd) return yield daprd;
  yield ok`daprd: daprd ${daprd.version} runs the app ${daprd.appId}`;
  const loaded = loadedByDaprd(daprd, sockets);
  yield* checkLoaded(daprd, loaded, ours);
  if (loaded.length > 0) yield* checkTracedCalls(daprd);
  yield* await Promise.all(loaded.map((component) => checkServer(component, daprd, sockets)));
}

async function* examineClocks(components: readonly ComponentResource[]): AsyncIterable<Finding> {
  if (components.length === 0) {
    yield skipped`robot-host: no robot is known, so no host and no clock was looked at`;
  }
  yield* await Promise.all(hostsOf(components).map(checkClock));
}

/** Each host of the robots once, with DingTalk's own host for addresses in a secret store. */
function hostsOf(components: readonly ComponentResource[]): RobotHost[] {
  const origins = new Set(components.flatMap(plainUrls).map(({ origin }) => origin));
  const hosts = [...origins].map((origin) => ({ origin, isAssumed: false }));
  const isReferenced = components.some((component) => fieldOf(component, "url") === undefined);
  if (!isReferenced || origins.has(usualOrigin)) return hosts;
  return [...hosts, { origin: usualOrigin, isAssumed: true }];
}
