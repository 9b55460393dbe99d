import { distance } from "fastest-levenshtein";
import { UsageError } from "../base/usage-error.ts";
import type { SocketPlan } from "../dapr/sockets.ts";
import { noProxyOf, uselessEntries } from "../dingtalk/proxies.ts";
import {
  byteCount,
  durationMs,
  logLevel,
  octalMode,
  optionalPort,
  optionalText,
  proxyUrl,
  socketNames,
  type VariableReader,
} from "./environment-readers.ts";

/** One setting of the environment: how it is read, and what the documents say of it. */
export interface EnvironmentVariable {
  /** Alternatives, of which the first that is set counts. Without `read`, separate variables. */
  readonly names: readonly string[];
  /** The text that stands for an unset variable. */
  readonly default?: string;
  /** Fixes the type of the value in `Config`. Unset if a library reads the setting. */
  readonly read?: VariableReader<unknown>;
  /** The meaning in English, without a full stop. */
  readonly en: string;
  /** The meaning in Chinese, without a full stop. */
  readonly zh: string;
}

/** daprd reads the first variable. Its Kubernetes injector sets the second. */
export const folderVariables = [
  "DAPR_COMPONENTS_SOCKETS_FOLDER",
  "DAPR_COMPONENT_SOCKETS_FOLDER",
] as const;

/**
 * Every setting, in the order of the documents. The keys are the names of the
 * values in `Config`. A change is complete after `npm run docs`.
 */
const variables = {
  folder: {
    names: folderVariables,
    default: "/tmp/dapr-components-sockets",
    read: (text: string): string => text,
    en: "Folder of the sockets, the same as daprd's; the first variable that is set counts",
    zh: "套接字目录，与 daprd 的相同；以第一个已设置的变量为准",
  },
  names: {
    names: ["DINGTALK_SOCKET_NAMES"],
    default: "dingtalk.webhook,alicloud.dingtalk.webhook",
    read: socketNames,
    en: "Component names to offer, comma-separated; each is a socket NAME.sock",
    zh: "要提供的组件名，用逗号分隔；每个名字对应一个套接字 NAME.sock",
  },
  mode: {
    names: ["DINGTALK_SOCKET_MODE"],
    default: "0666",
    read: octalMode,
    en: "Permissions of the sockets, octal",
    zh: "套接字的权限，八进制",
  },
  maxMessageBytes: {
    names: ["DINGTALK_MAX_MESSAGE_BYTES"],
    default: "4194304",
    read: byteCount,
    en: "Largest request that daprd may send, in bytes",
    zh: "daprd 发来的请求最大多少字节",
  },
  shutdownGraceMs: {
    names: ["DINGTALK_SHUTDOWN_GRACE"],
    default: "10s",
    read: durationMs,
    en: "How long calls in flight may take to end after SIGTERM; then each gets its answer, and the process ends within a second",
    zh: "收到 SIGTERM 后，最多给正在处理的调用多长时间完成；到时每个调用都会得到应答，进程在一秒内结束",
  },
  stateFile: {
    names: ["DINGTALK_STATE_FILE"],
    read: optionalText,
    en: "File that keeps daprd's configuration of the components over a restart of this process, in a folder of its own; holds secrets, so put it on a memory-backed volume",
    zh: "把 daprd 发来的组件配置存进这个文件，本进程重启后还能用；请放在单独的目录里。文件里有密钥，请使用内存型的卷",
  },
  metricsPort: {
    names: ["DINGTALK_METRICS_PORT"],
    read: optionalPort,
    en: "Port of /metrics, /healthz and /readyz on all interfaces; if unset, no port is opened",
    zh: "提供 /metrics、/healthz 和 /readyz 的端口，在所有网络接口上开放；不填则不开放端口",
  },
  callbackPort: {
    names: ["DINGTALK_CALLBACK_PORT"],
    read: optionalPort,
    en: "Port to which DingTalk's callbacks come, plain HTTP behind your TLS: POST /callback/ID for the components with `receive: http`; if unset, no port is opened",
    zh: "接收钉钉回调的端口，明文 HTTP，前面要有 TLS：`receive: http` 的组件使用 POST /callback/ID；不填则不开放端口",
  },
  callbackHost: {
    names: ["DINGTALK_CALLBACK_HOST"],
    read: optionalText,
    en: "Address of the interface that the callback port is opened on; if unset, all",
    zh: "回调端口监听哪个网络接口的地址；不填则监听所有网络接口",
  },
  logLevel: {
    names: ["LOG_LEVEL"],
    default: "info",
    read: logLevel,
    en: "trace, debug, info, warn, error, fatal or silent",
    zh: "trace、debug、info、warn、error、fatal 或 silent",
  },
  network: {
    names: ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS"],
    en: "Proxies and a CA of your own, for connections to the robots; NO_PROXY lists hosts (with their subdomains), addresses and CIDR blocks",
    zh: "连接机器人时使用的代理和自有 CA 证书；NO_PROXY 列出主机（含其子域名）、IP 地址和 CIDR 网段",
  },
  tracing: {
    names: ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    en: "Where traces go, by OTLP over HTTP; other OTEL_ variables count as OpenTelemetry defines them; if unset, no traces are made",
    zh: "链路数据发送到哪里，使用 OTLP over HTTP；其他 OTEL_ 变量的含义与 OpenTelemetry 的定义一致；不填则不产生链路数据",
  },
} as const satisfies Readonly<Record<string, EnvironmentVariable>>;

/** The settings as a list. */
export const environmentVariables: readonly EnvironmentVariable[] = Object.values(variables);

type Variables = typeof variables;

/** The value of each row that has a reader, under the key of the row. */
type Values = {
  readonly [Key in keyof Variables as Variables[Key] extends { read: unknown }
    ? Key
    : never]: Variables[Key] extends { read: VariableReader<infer Value> } ? Value : never;
};

/** The environment as typed values, for `serve` and `healthcheck`. */
export interface Config extends Omit<Values, keyof SocketPlan> {
  readonly sockets: SocketPlan;
}

/**
 * Reads the configuration from the environment.
 *
 * @throws {UsageError} which names the first variable that is wrong or misspelt. What may be meant as
 *   it is, `environmentWarnings` tells.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const [misspelt] = unknownVariables(env).filter(({ near }) => near !== undefined);
  if (misspelt !== undefined) {
    const { name, near } = misspelt;
    throw new UsageError(`unknown environment variable ${name}, did you mean ${near}?`);
  }
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) {
    proxyUrl(env[name] ?? "", name);
  }
  const { folder, names, mode, ...others } = readVariables(env);
  return { sockets: { folder, names, mode }, ...others };
}

/** `Object.fromEntries` cannot follow which key has which value: the type follows from the rows. */
function readVariables(env: NodeJS.ProcessEnv): Values {
  const rows = Object.entries<EnvironmentVariable>(variables);
  return Object.fromEntries(
    rows.flatMap(([key, { names, read, default: fallback = "" }]): unknown[][] => {
      const name = names.find((candidate) => env[candidate]) ?? names[0] ?? "";
      return read === undefined ? [] : [[key, read(env[name] || fallback, name)]];
    }),
  );
}

/** Kubernetes sets variables of this form for every service of the namespace. */
const serviceLink = /_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT_[0-9]+_(TCP|UDP|SCTP)(_|$)/;

/** `NAME_PORT` is one of them only with an address in it; else it may be a misspelled port of ours. */
function isServiceLink(name: string, value = ""): boolean {
  return serviceLink.test(name) || (name.endsWith("_PORT") && /^(tcp|udp|sctp):/.test(value));
}

/** What the command `record` alone reads. */
const recordVariables = ["DINGTALK_CLIENT_SECRET"];

/** A variable that begins as ours do and has no meaning here. */
export interface UnknownVariable {
  readonly name: string;
  /** The variable that was probably meant. Undefined for the variable of another tool. */
  readonly near: string | undefined;
}

/** Every variable that begins as ours do and has no meaning here. */
function unknownVariables(env: NodeJS.ProcessEnv): UnknownVariable[] {
  const own = "DINGTALK_";
  const known = [...environmentVariables.flatMap(({ names }) => names), ...recordVariables];
  return Object.keys(env)
    .filter((name) => name.toUpperCase().startsWith(own) && !known.includes(name))
    .filter((name) => !isServiceLink(name, env[name]))
    .map((name) => ({
      name,
      near: known.find((other) => isMisspelt(name, other)),
    }));
}

/** Whether no word of a name is more than one slip away: `HOST` is another word than `PORT`. */
function isMisspelt(name: string, known: string): boolean {
  const [words, others] = [name.toUpperCase().split("_"), known.split("_")];
  if (words.length !== others.length) return isSlip(name.toUpperCase(), known);
  return words.every((word, index) => isSlip(word, others[index] ?? ""));
}

/** Whether two words differ by one letter, or by two that changed places. */
function isSlip(word: string, other: string): boolean {
  const apart = distance(word, other);
  const lettersOf = (text: string): string => [...text].sort().join("");
  return apart <= 1 || (apart === 2 && lettersOf(word) === lettersOf(other));
}

/** Something in the environment that has no effect, and may be meant so. */
export interface EnvironmentWarning {
  readonly variable: string;
  /** One clause, lower case, no full stop. It never shows a value. */
  readonly message: string;
}

/** What the environment holds in vain. */
export function environmentWarnings(env: NodeJS.ProcessEnv): EnvironmentWarning[] {
  const foreign = unknownVariables(env).filter(({ near }) => near === undefined);
  const noProxy = env.no_proxy === undefined ? "NO_PROXY" : "no_proxy";
  return [
    ...foreign.map(({ name }) => ({
      variable: name,
      message: "unknown environment variable ignored",
    })),
    ...uselessEntries(noProxyOf(env)).map((place) => ({
      variable: noProxy,
      message: `entry ${place} is no host, address or CIDR block and is ignored`,
    })),
  ];
}
