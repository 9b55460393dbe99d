import { closest } from "fastest-levenshtein";
import type { DeliveryOptions } from "./delivery/delivery.ts";
import { createRobot, parseWebhookUrl, type Robot } from "./dingtalk/robot.ts";
import {
  daprdFields,
  type FieldName,
  invalidField,
  metadataFields,
  readChoice,
  readCount,
  readDuration,
  readText,
} from "./metadata-fields.ts";

/** What a component's metadata means. */
export interface ComponentConfig {
  readonly id: string;
  readonly robot: Robot;
  readonly ackTimeoutMs: number;
  readonly delivery: DeliveryOptions;
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
    robot: readRobot(properties),
    ackTimeoutMs: readDuration(properties, "ackTimeout", 1),
    delivery: {
      messagesPerMinute: readCount(properties, "messagesPerMinute"),
      maxWaitMs: readDuration(properties, "maxWait"),
      maxQueue: readCount(properties, "maxQueue"),
      retries: readCount(properties, "retries"),
      deduplicateForMs: readDuration(properties, "deduplicateFor"),
      ttlMs: readTtl(properties),
      overflow: readChoice(properties, "overflow", ["wait", "reject"]),
      responseTimeoutMs: readDuration(properties, "responseTimeout", 1),
    },
  };
}

/**
 * The component's options with what the metadata of one call says otherwise.
 *
 * @throws {BindingError} of INVALID_ARGUMENT naming the first field that is wrong
 */
export function overrideDelivery(options: DeliveryOptions, metadata: Properties): DeliveryOptions {
  const has = (name: FieldName): boolean => readText(metadata, name) !== undefined;
  return {
    ...options,
    ...(has("maxWait") && { maxWaitMs: readDuration(metadata, "maxWait") }),
    ...(has("retries") && { retries: readCount(metadata, "retries") }),
    ...(has("ttlInSeconds") && { ttlMs: readTtl(metadata) }),
    ...(has("overflow") && { overflow: readChoice(metadata, "overflow", ["wait", "reject"]) }),
  };
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

function readRobot(properties: Properties): Robot {
  const url = parseWebhookUrl(required(properties, "url"));
  if (url === undefined) {
    throw invalidField(
      "url",
      "is not an absolute http or https address; copy it from the robot's page",
    );
  }
  return createRobot(url, readText(properties, "secret"));
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
