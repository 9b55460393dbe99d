import { status } from "@grpc/grpc-js";
import { parseDuration } from "../base/duration.ts";
import { BindingError } from "../dapr/errors.ts";

/** A field of the component's `spec.metadata`, as the documents list it. */
export interface MetadataField {
  readonly name: string;
  readonly required: boolean;
  /** Never shown, not even in part. */
  readonly sensitive: boolean;
  /** As it would be written in the YAML. */
  readonly default?: string;
  readonly description: string;
  readonly example: string;
  readonly type: "string" | "duration" | "number" | "bool";
  /** Whether the metadata of a call may say otherwise, for that call. */
  readonly perCall?: boolean;
}

/** Every field that is ours. */
export const metadataFields = [
  {
    name: "id",
    required: true,
    sensitive: false,
    type: "string",
    description: "Name of the robot in logs; components with one id share their readers for get",
    example: "ops-alerts",
  },
  {
    name: "url",
    required: true,
    sensitive: true,
    type: "string",
    description:
      "Webhook address from the robot's page in DingTalk; several, one a line, are a pool",
    example: "https://oapi.dingtalk.com/robot/send?access_token=…",
  },
  {
    name: "secret",
    required: false,
    sensitive: true,
    type: "string",
    description:
      "Signing secret from the robot's security page, the n-th for the n-th url; absent, messages go unsigned",
    example: "SEC…",
  },
  {
    name: "responseTimeout",
    required: false,
    sensitive: false,
    type: "duration",
    default: "30s",
    description: "How long each attempt of create waits for the robot's answer",
    example: "10s",
  },
  {
    name: "ackTimeout",
    required: false,
    sensitive: false,
    type: "duration",
    default: "30s",
    description: "How long get waits for the app's answer",
    example: "1m30s",
  },
  {
    name: "messagesPerMinute",
    required: false,
    sensitive: false,
    type: "number",
    default: "20",
    description: "Messages to the robot in any minute, from all components; 0 for no limit",
    example: "18",
  },
  {
    name: "maxWait",
    required: false,
    sensitive: false,
    type: "duration",
    default: "60s",
    perCall: true,
    description: "How long create may wait for its turn; it fails at once if that cannot be kept",
    example: "5s",
  },
  {
    name: "maxQueue",
    required: false,
    sensitive: false,
    type: "number",
    default: "1000",
    description: "Calls that may wait for the robot",
    example: "50",
  },
  {
    name: "overflow",
    required: false,
    sensitive: false,
    type: "string",
    default: "wait",
    perCall: true,
    description: "What happens over the limit: wait, reject, or digest (merge those that wait)",
    example: "reject",
  },
  {
    name: "oversize",
    required: false,
    sensitive: false,
    type: "string",
    default: "reject",
    perCall: true,
    description: "What happens to text and markdown over 20,000 bytes: reject, or split into parts",
    example: "split",
  },
  {
    name: "retries",
    required: false,
    sensitive: false,
    type: "number",
    default: "2",
    perCall: true,
    description: "Attempts after the first, for failures that another attempt may mend",
    example: "0",
  },
  {
    name: "deduplicateFor",
    required: false,
    sensitive: false,
    type: "duration",
    default: "10m",
    description: "How long repeats of a message are recognised",
    example: "1h",
  },
  {
    name: "ttlInSeconds",
    required: false,
    sensitive: false,
    type: "number",
    default: "0",
    perCall: true,
    description: "Seconds after which a message that is not on its way is dropped; 0 for never",
    example: "30",
  },
  {
    name: "redisHost",
    required: false,
    sensitive: false,
    type: "string",
    description:
      "Redis as host:port, in which all replicas share limits, penalties and repeats; absent, each keeps its own",
    example: "redis:6379",
  },
  {
    name: "redisUsername",
    required: false,
    sensitive: false,
    type: "string",
    description: "User at the Redis; absent, its default user",
    example: "dingtalk",
  },
  {
    name: "redisPassword",
    required: false,
    sensitive: true,
    type: "string",
    description: "Password at the Redis; absent, none is asked for",
    example: "…",
  },
  {
    name: "redisDB",
    required: false,
    sensitive: false,
    type: "number",
    default: "0",
    description: "Number of the Redis database",
    example: "1",
  },
  {
    name: "enableTLS",
    required: false,
    sensitive: false,
    type: "bool",
    default: "false",
    description: "Whether the Redis speaks TLS; a CA of your own goes into NODE_EXTRA_CA_CERTS",
    example: "true",
  },
] as const satisfies readonly MetadataField[];

export type FieldName = (typeof metadataFields)[number]["name"];

/** Fields of daprd's that it leaves in the properties. */
export const daprdFields = ["direction", "route"];

type Properties = Readonly<Record<string, string>>;

/** The trimmed value, undefined where it is absent or empty. */
export function readText(properties: Properties, name: FieldName): string | undefined {
  return readRaw(properties, name).trim() || undefined;
}

/** The value as written, empty where it is absent. */
export function readRaw(properties: Properties, name: FieldName): string {
  const key = Object.hasOwn(properties, name)
    ? name
    : Object.keys(properties).find((other) => other.toLowerCase() === name.toLowerCase());
  return (key === undefined ? undefined : properties[key]) ?? "";
}

/** In milliseconds. */
export function readDuration(properties: Properties, name: FieldName, leastMs = 0): number {
  const ms = parseDuration(readText(properties, name) ?? defaultOf(name));
  if (ms !== undefined && ms >= leastMs) return ms;
  throw invalidField(name, "is not a duration such as 5s, 1m30s or 30 (seconds)");
}

export function readCount(properties: Properties, name: FieldName): number {
  const text = readText(properties, name) ?? defaultOf(name);
  if (/^[0-9]{1,7}$/.test(text)) return Number(text);
  throw invalidField(name, "is not a whole number from 0 to 9999999");
}

/** What Dapr takes for true and false. */
const flags: Readonly<Record<string, boolean>> = {
  ...{ true: true, t: true, yes: true, y: true, on: true, 1: true },
  ...{ false: false, f: false, no: false, n: false, off: false, 0: false },
};

export function readFlag(properties: Properties, name: FieldName): boolean {
  const text = (readText(properties, name) ?? defaultOf(name)).toLowerCase();
  const flag = Object.hasOwn(flags, text) ? flags[text] : undefined;
  if (flag !== undefined) return flag;
  throw invalidField(name, "is neither true nor false");
}

export function readChoice<const T extends string>(
  properties: Properties,
  name: FieldName,
  choices: readonly T[],
): T {
  const text = (readText(properties, name) ?? defaultOf(name)).toLowerCase();
  const choice = choices.find((other) => other === text);
  if (choice !== undefined) return choice;
  throw invalidField(name, `is none of ${choices.join(", ")}`);
}

export function invalidField(name: FieldName, problem: string): BindingError {
  const labels = { reason: "invalid-metadata", after: { field: name } };
  return new BindingError(status.INVALID_ARGUMENT, labels, `metadata field ${name} ${problem}`);
}

function defaultOf(name: FieldName): string {
  const field: MetadataField | undefined = metadataFields.find((other) => other.name === name);
  return field?.default ?? "";
}
