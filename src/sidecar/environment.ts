import { parseDuration } from "../base/duration.ts";
import { didYouMean, UsageError } from "../base/usage-error.ts";
import type { SocketPlan } from "../dapr/sockets.ts";
import { type LogLevel, logLevels } from "../telemetry/log.ts";

/** A variable of the environment, as README and `--help` describe it. */
export interface EnvironmentVariable {
  readonly name: string;
  /** Empty if there is none. */
  readonly default: string;
  readonly description: string;
}

/** Every variable of our own. An unknown variable that begins with `DINGTALK_` is an error. */
export const environmentVariables = [
  {
    name: "DINGTALK_SOCKET_NAMES",
    default: "dingtalk.webhook,alicloud.dingtalk.webhook",
    description: "Component names to offer, comma-separated; each is a socket NAME.sock",
  },
  {
    name: "DINGTALK_SOCKET_MODE",
    default: "0666",
    description: "Permissions of the sockets, octal",
  },
  {
    name: "DINGTALK_MAX_MESSAGE_BYTES",
    default: "4194304",
    description: "Largest request that daprd may send, in bytes",
  },
  {
    name: "DINGTALK_SHUTDOWN_GRACE",
    default: "10s",
    description: "How long calls in flight may take to end after SIGTERM",
  },
  {
    name: "DINGTALK_STATE_FILE",
    default: "",
    description:
      "File that carries what daprd told over a restart of this process, in a folder of its own; holds secrets, so put it on a memory-backed volume",
  },
  {
    name: "DINGTALK_METRICS_PORT",
    default: "",
    description:
      "Port of /metrics, /healthz and /readyz on all interfaces; if unset, no port is opened",
  },
] as const satisfies readonly EnvironmentVariable[];

type OwnName = (typeof environmentVariables)[number]["name"];

/** daprd reads the first variable. Its Kubernetes injector sets the second. */
export const folderVariables = [
  "DAPR_COMPONENTS_SOCKETS_FOLDER",
  "DAPR_COMPONENT_SOCKETS_FOLDER",
] as const;
const defaultFolder = "/tmp/dapr-components-sockets";

/** The configuration of the process, from its environment. */
export interface Config {
  readonly sockets: SocketPlan;
  /** Largest gRPC request that daprd may send. Default: 4 MiB. */
  readonly maxMessageBytes: number;
  /** Time that calls in flight have after the first signal. Default: 10 s. */
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
  /** If undefined, daprd must be restarted after a restart of this process. */
  readonly stateFile: string | undefined;
  /** If undefined, no metrics port is opened. */
  readonly metricsPort: number | undefined;
}

/**
 * Reads the configuration from the environment.
 *
 * @throws {UsageError} which names the first variable that is wrong or unknown
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  refuseUnknown(env);
  refuseBadProxies(env);
  const read = (name: OwnName): string => env[name] || defaultOf(name);
  return {
    sockets: {
      folder: folderVariables.map((name) => env[name]).find(Boolean) ?? defaultFolder,
      names: socketNames(read("DINGTALK_SOCKET_NAMES")),
      mode: socketMode(read("DINGTALK_SOCKET_MODE")),
    },
    maxMessageBytes: maxMessageBytes(read("DINGTALK_MAX_MESSAGE_BYTES")),
    shutdownGraceMs: shutdownGrace(read("DINGTALK_SHUTDOWN_GRACE")),
    logLevel: logLevel(env.LOG_LEVEL || "info"),
    stateFile: env.DINGTALK_STATE_FILE || undefined,
    metricsPort: metricsPort(env.DINGTALK_METRICS_PORT ?? ""),
  };
}

function defaultOf(name: OwnName): string {
  return environmentVariables.find((variable) => variable.name === name)?.default ?? "";
}

/** Kubernetes sets variables of this form for every service of the namespace. */
const serviceLink = /_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_|$)|$)/;

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  const known: readonly string[] = environmentVariables.map(({ name }) => name);
  for (const name of Object.keys(env)) {
    if (!name.startsWith("DINGTALK_") || known.includes(name) || serviceLink.test(name)) continue;
    throw new UsageError(`unknown environment variable ${name}${didYouMean(name, known)}`);
  }
}

/** The error does not show the value, because the address of a proxy may hold a password. */
function refuseBadProxies(env: NodeJS.ProcessEnv): void {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) {
    const value = env[name];
    if (!value || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) continue;
    throw new UsageError(`${name} is not an http or https address such as http://proxy:3128`);
  }
}

function socketNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) continue;
    throw new UsageError(
      `DINGTALK_SOCKET_NAMES holds the name '${name}'; a name consists of letters, digits, dots, dashes and underscores`,
    );
  }
  return [...new Set(names)];
}

function socketMode(text: string): number {
  if (/^0?o?[0-7]{3}$/.test(text)) return Number.parseInt(text.replace("o", ""), 8);
  throw new UsageError(`DINGTALK_SOCKET_MODE is '${text}', not an octal mode such as 0666 or 0660`);
}

function maxMessageBytes(text: string): number {
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes >= 1024 && bytes < 2 ** 31) return bytes;
  throw new UsageError(
    `DINGTALK_MAX_MESSAGE_BYTES is '${text}', not a number of bytes from 1024 to 2147483647`,
  );
}

function metricsPort(text: string): number | undefined {
  // Kubernetes sets this form of value for a service named dingtalk-metrics.
  if (text === "" || /^(tcp|udp|sctp):\/\//.test(text)) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new UsageError(`DINGTALK_METRICS_PORT is '${text}', not a port from 1 to 65535`);
}

function shutdownGrace(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`DINGTALK_SHUTDOWN_GRACE is '${text}', not a duration such as 10s or 1m30s`);
}

function logLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text.toLowerCase());
  if (level !== undefined) return level;
  throw new UsageError(`LOG_LEVEL is '${text}'${didYouMean(text, logLevels)}`);
}
