import { systemClock } from "../base/clock.ts";
import { UsageError } from "../base/usage-error.ts";
import type { SocketPlan } from "../dapr/sockets.ts";
import { Connections } from "../dingtalk/connections.ts";
import { type Command, parseOptions } from "./command.ts";
import { plainUrls } from "./doctor/addresses.ts";
import { checkComponent, ourComponents } from "./doctor/components.ts";
import { checkDaprd } from "./doctor/daprd.ts";
import { checkEnvironment } from "./doctor/environment.ts";
import { type Finding, type Level, ok } from "./doctor/finding.ts";
import { checkFolder, checkPathLengths, readFolder } from "./doctor/folder.ts";
import { type ComponentResource, readResources } from "./doctor/resources.ts";
import { checkClock, type RobotHost } from "./doctor/robot-clock.ts";
import { checkSockets, currentUser, readSockets } from "./doctor/sockets.ts";

const help = `Usage: dingtalk-webhook doctor [OPTIONS]

Says what is wrong with the set-up and how to mend it: the environment, the socket folder and what
stands in it, the components' YAML, the way to the robots, the clock, and whether daprd has the
components from here or uses its built-in. It sends no message and no token, and shows neither.

Exits with 1 when there is a problem. A warning is worth a look and may well be meant so. A url or
secret in plain text is a problem, unless all urls of the component lead to this machine.

Options:
  --resources DIR        folder of the components' YAML, as daprd's --resources-path; may be repeated
  --dapr-http-port PORT  daprd's HTTP port (DAPR_HTTP_PORT, else 3500)
  --json                 print {"ok": …, "findings": [{"check", "level", "message", "remedy"}]}

Environment: that of dingtalk-webhook serve, and DAPR_API_TOKEN where daprd asks for one. Run it as
the user, and in the container, that serves: rights and names are those it finds.
`;

/** Where a robot lives whose address only daprd can resolve. */
const usualOrigin = "https://oapi.dingtalk.com";

/** Looks for what keeps daprd, the sidecar and DingTalk apart. */
export const doctorCommand: Command = {
  summary: "say what is wrong with the set-up and how to mend it",
  help,
  async run(args) {
    const { json = false, ...options } = readOptions(args, process.env);
    const findings = await examine(options, process.env);
    const isOk = findings.every(({ level }) => level !== "problem");
    process.stdout.write(
      json ? `${JSON.stringify({ ok: isOk, findings }, null, 2)}\n` : toText(findings),
    );
    return isOk ? 0 : 1;
  },
};

function readOptions(args: readonly string[], env: NodeJS.ProcessEnv) {
  const {
    resources = [],
    "dapr-http-port": port = env.DAPR_HTTP_PORT || "3500",
    json,
  } = parseOptions(args, {
    resources: { type: "string", multiple: true },
    "dapr-http-port": { type: "string" },
    json: { type: "boolean" },
  });
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError("--dapr-http-port takes a number from 1 to 65535");
  }
  return { resources, port: Number(port), json };
}

async function examine(
  { resources, port }: { resources: readonly string[]; port: number },
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  const { config, findings } = checkEnvironment(env);
  const { sockets } = config;
  const { components, findings: unreadable } = await readResources(resources);
  const ours = ourComponents(components, sockets.names);
  return [
    ...findings,
    ...(await examineFolder(sockets)),
    ...unreadable,
    ...(ours.length === 0 ? [ok("component", "no DingTalk component was looked at")] : []),
    ...ours.flatMap((component) => checkComponent(component, sockets.names)),
    ...(await examineClocks(ours)),
    ...(await checkDaprd({ port, apiToken: env.DAPR_API_TOKEN ?? "" }, sockets)),
  ];
}

async function examineFolder(plan: SocketPlan): Promise<Finding[]> {
  const facts = await readFolder(plan.folder);
  const folder = [...checkFolder(plan.folder, facts, currentUser()), ...checkPathLengths(plan)];
  if (facts.kind !== "folder") return folder;
  return [...folder, ...checkSockets(plan, await readSockets(plan.folder))];
}

async function examineClocks(components: readonly ComponentResource[]): Promise<Finding[]> {
  const connections = new Connections();
  const checks = hostsOf(components).map((host) =>
    checkClock(host, { connections, clock: systemClock }),
  );
  return await Promise.all(checks);
}

/** Each host once; the usual one for addresses that are not known here. */
function hostsOf(components: readonly ComponentResource[]): RobotHost[] {
  const origins = new Set(components.flatMap(plainUrls).map(({ origin }) => origin));
  const hosts = [...origins].map((origin) => ({ origin, isAssumed: false }));
  const isReferenced = components.some(({ fields }) =>
    fields.some(({ name, value }) => name.toLowerCase() === "url" && value === undefined),
  );
  if (!isReferenced || origins.has(usualOrigin)) return hosts;
  return [...hosts, { origin: usualOrigin, isAssumed: true }];
}

/** A line for each finding, then the sum. */
function toText(findings: readonly Finding[]): string {
  const lines = findings.map(({ level, check, message, remedy }) => {
    const start = `${level.padEnd(8)} ${check}: ${message}`;
    return remedy === "" ? `${start}\n` : `${start} -> ${remedy}\n`;
  });
  const count = (wanted: Level): number => findings.filter(({ level }) => level === wanted).length;
  const sum = `problems: ${count("problem")}, warnings: ${count("warning")}`;
  return `${lines.join("")}${sum}\n`;
}
