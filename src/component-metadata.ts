import { status } from "@grpc/grpc-js";
import { closest } from "fastest-levenshtein";
import { BindingError } from "./dapr/errors.ts";
import { createRobot, parseWebhookUrl, type Robot } from "./dingtalk/robot.ts";
import { parseDuration } from "./duration.ts";

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
}

/** Every field that is ours. */
export const metadataFields = [
  {
    name: "id",
    required: true,
    sensitive: false,
    description: "Name of the robot in logs; components with one id share their readers for get",
    example: "ops-alerts",
  },
  {
    name: "url",
    required: true,
    sensitive: true,
    description: "Webhook address from the robot's page in DingTalk",
    example: "https://oapi.dingtalk.com/robot/send?access_token=…",
  },
  {
    name: "secret",
    required: false,
    sensitive: true,
    description: "Signing secret from the robot's security page; absent, messages go unsigned",
    example: "SEC…",
  },
  {
    name: "responseTimeout",
    required: false,
    sensitive: false,
    default: "30s",
    description: "How long create waits for the robot's answer, as a Go duration or in seconds",
    example: "10s",
  },
  {
    name: "ackTimeout",
    required: false,
    sensitive: false,
    default: "30s",
    description: "How long get waits for the app's answer, as a Go duration or in seconds",
    example: "1m30s",
  },
] as const satisfies readonly MetadataField[];

type FieldName = (typeof metadataFields)[number]["name"];

/** Fields of daprd's that it leaves in the properties. */
const daprdFields = ["direction", "route"];

/** What a component's metadata means. */
export interface ComponentConfig {
  readonly id: string;
  readonly robot: Robot;
  readonly responseTimeoutMs: number;
  readonly ackTimeoutMs: number;
}

/**
 * Reads `spec.metadata`. Keys are matched without regard to case, values are trimmed: secrets that
 * come from files end in a newline.
 *
 * @throws {BindingError} of INVALID_ARGUMENT naming the first field that is wrong
 */
export function parseMetadata(properties: Readonly<Record<string, string>>): ComponentConfig {
  const field = (name: FieldName): string => readField(properties, name);
  if (field("id") === "") throw missing("id");
  if (field("url") === "") throw missing("url");
  const url = parseWebhookUrl(field("url"));
  if (url === undefined) {
    throw invalid("url", "is not an absolute http or https address; copy it from the robot's page");
  }
  return {
    id: field("id"),
    robot: createRobot(url, field("secret") || undefined),
    responseTimeoutMs: duration("responseTimeout", field("responseTimeout")),
    ackTimeoutMs: duration("ackTimeout", field("ackTimeout")),
  };
}

/** A key that means nothing here, and the known one it is nearest to. */
export interface UnknownField {
  readonly field: string;
  readonly nearest: string;
}

export function unknownFields(properties: Readonly<Record<string, string>>): UnknownField[] {
  const known = [...metadataFields.map(({ name }) => name), ...daprdFields];
  const lowerCased = new Set(known.map((name) => name.toLowerCase()));
  return Object.keys(properties)
    .filter((key) => !lowerCased.has(key.toLowerCase()))
    .map((key) => ({ field: key, nearest: closest(key, known) }));
}

function readField(properties: Readonly<Record<string, string>>, name: string): string {
  const exact = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const key = Object.keys(properties).find((other) => other.toLowerCase() === name.toLowerCase());
  return (exact ?? properties[key ?? ""] ?? "").trim();
}

function duration(name: "responseTimeout" | "ackTimeout", text: string): number {
  const fallback = metadataFields.find((field) => field.name === name);
  const ms = parseDuration(text || (fallback && "default" in fallback ? fallback.default : ""));
  if (ms === undefined || ms < 1) {
    throw invalid(name, "is not a duration such as 5s, 1m30s or 30 (seconds)");
  }
  return ms;
}

function missing(name: FieldName): BindingError {
  return invalid(name, "is missing or empty; add it to the component's spec.metadata");
}

function invalid(name: FieldName, problem: string): BindingError {
  const labels = { reason: "invalid-metadata", after: { field: name } };
  return new BindingError(status.INVALID_ARGUMENT, labels, `metadata field ${name} ${problem}`);
}
