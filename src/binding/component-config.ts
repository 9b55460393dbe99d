import { closest } from "fastest-levenshtein";
import type { DeliveryOptions } from "../delivery/options.ts";
import type { RedisOptions } from "../delivery/redis/redis.ts";
import { createRobot, parseWebhookUrl, type Robot } from "../dingtalk/robot.ts";
import {
  daprdFields,
  type FieldName,
  invalidField,
  metadataFields,
  readChoice,
  readCount,
  readDuration,
  readFlag,
  readRaw,
  readText,
} from "./fields.ts";

/** What a component's metadata means. */
export interface ComponentConfig {
  readonly id: string;
  /** At least one. */
  readonly robots: readonly Robot[];
  readonly ackTimeoutMs: number;
  readonly delivery: DeliveryOptions;
  /** Absent, this replica keeps limits and repeats alone. */
  readonly redis: RedisOptions | undefined;
}

type Properties = Readonly<Record<string, string>>;

/**
 * Reads `spec.metadata`. Keys are matched without regard to case, values are trimmed: secrets that
 * come from files end in a newline.
 *
 * @throws {BindingError} of INVALID_ARGUMENT naming the first field that is wrong
 */
export function parseMetadata(properties: Properties): ComponentConfig {
  return {
    id: required(properties, "id"),
    robots: readRobots(properties),
    ackTimeoutMs: readDuration(properties, "ackTimeout", 1),
    delivery: {
      messagesPerMinute: readCount(properties, "messagesPerMinute"),
      maxWaitMs: readDuration(properties, "maxWait"),
      maxQueue: readCount(properties, "maxQueue"),
      retries: readCount(properties, "retries"),
      deduplicateForMs: readDuration(properties, "deduplicateFor"),
      ttlMs: readTtl(properties),
      overflow: readChoice(properties, "overflow", ["wait", "reject", "digest"]),
      oversize: readChoice(properties, "oversize", ["reject", "split"]),
      responseTimeoutMs: readDuration(properties, "responseTimeout", 1),
    },
    redis: readRedis(properties),
  };
}

type Override = (metadata: Properties) => Partial<DeliveryOptions>;

/** What a call may set for itself. */
const overrides: readonly (readonly [FieldName, Override])[] = [
  ["maxWait", (metadata) => ({ maxWaitMs: readDuration(metadata, "maxWait") })],
  ["retries", (metadata) => ({ retries: readCount(metadata, "retries") })],
  ["ttlInSeconds", (metadata) => ({ ttlMs: readTtl(metadata) })],
  [
    "overflow",
    (metadata) => ({ overflow: readChoice(metadata, "overflow", ["wait", "reject", "digest"]) }),
  ],
  ["oversize", (metadata) => ({ oversize: readChoice(metadata, "oversize", ["reject", "split"]) })],
];
const overridable = new Set(overrides.map(([name]) => name.toLowerCase()));

/**
 * The component's options with what the metadata of one call says otherwise.
 *
 * @throws {BindingError} of INVALID_ARGUMENT naming the first field that is wrong
 */
export function overrideDelivery(options: DeliveryOptions, metadata: Properties): DeliveryOptions {
  if (!Object.keys(metadata).some((key) => overridable.has(key.toLowerCase()))) return options;
  const given = overrides.filter(([name]) => readText(metadata, name) !== undefined);
  return Object.assign({ ...options }, ...given.map(([, read]) => read(metadata)));
}

/** A key that means nothing here, and the known one it is nearest to. */
export interface UnknownField {
  readonly field: string;
  readonly nearest: string;
}

export function unknownFields(properties: Properties): UnknownField[] {
  const known = [...metadataFields.map(({ name }) => name), ...daprdFields];
  const lowerCased = new Set(known.map((name) => name.toLowerCase()));
  return Object.keys(properties)
    .filter((key) => !lowerCased.has(key.toLowerCase()))
    .map((key) => ({ field: key, nearest: closest(key, known) }));
}

/** One robot for each line; the n-th secret belongs to the n-th url, an empty line to an unsigned one. */
function readRobots(properties: Properties): Robot[] {
  const urls = linesOf(required(properties, "url")).filter((line) => line !== "");
  const secrets = linesOf(readRaw(properties, "secret").trimEnd());
  if (secrets.length > urls.length) {
    throw invalidField(
      "secret",
      "has more lines than url; the n-th secret belongs to the n-th url",
    );
  }
  return urls.map((line, index) => {
    const url = parseWebhookUrl(line);
    if (url !== undefined) return createRobot(url, secrets[index] || undefined);
    throw invalidField(
      "url",
      "is not an absolute http or https address; copy it from the robot's page",
    );
  });
}

function readRedis(properties: Properties): RedisOptions | undefined {
  const redis = {
    username: readText(properties, "redisUsername"),
    password: readText(properties, "redisPassword"),
    db: readCount(properties, "redisDB"),
    tls: readFlag(properties, "enableTLS"),
  };
  const address = readText(properties, "redisHost");
  if (address === undefined) {
    if (redis.username === undefined && redis.password === undefined) return undefined;
    throw invalidField("redisHost", "is missing, but there is a user or a password for it");
  }
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?$/.exec(address);
  const [, ip, name, port = "6379"] = parts ?? [];
  const host = ip ?? name;
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65535) {
    return { ...redis, host, port: Number(port) };
  }
  throw invalidField("redisHost", "is not one Redis as host:port, such as redis:6379");
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim());
}

function readTtl(properties: Properties): number | undefined {
  const seconds = readCount(properties, "ttlInSeconds");
  return seconds === 0 ? undefined : seconds * 1000;
}

function required(properties: Properties, name: FieldName): string {
  const text = readText(properties, name);
  if (text !== undefined) return text;
  throw invalidField(name, "is missing or empty; add it to the component's spec.metadata");
}
