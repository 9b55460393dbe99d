import { nearest } from "../../base/usage-error.ts";
import { parseMetadata, unknownFields } from "../../binding/component-config.ts";
import { metadataFields } from "../../binding/fields.ts";
import { BindingError } from "../../dapr/errors.ts";
import { checkAddresses } from "./addresses.ts";
import type { ComponentField, ComponentResource } from "./component-resource.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";

/**
 * The components of a type that a socket offers, of a type that was probably meant to be one, and
 * without a type.
 */
export function ourComponents(
  components: readonly ComponentResource[],
  names: readonly string[],
): ComponentResource[] {
  return components.filter(
    ({ type }) => type === "" || serves(names, type) || isAboutDingTalk(type),
  );
}

/** Whether the name of a component type has to do with DingTalk. */
export function isAboutDingTalk(type: string): boolean {
  return type.includes("dingtalk") || nearest(type, ourTypes) !== undefined;
}

const ourTypes = ["bindings.dingtalk.webhook", "bindings.alicloud.dingtalk.webhook"];

/** Whether a socket of one of these names offers a component type. daprd compares in lower case. */
export function serves(names: readonly string[], type: string): boolean {
  return names.some((name) => `bindings.${name}`.toLowerCase() === type);
}

/** Checks a component by its YAML alone. */
export function checkComponent(
  component: ComponentResource,
  names: readonly string[],
): readonly Finding[] {
  const findings = [
    ...component.flaws,
    ...checkType(component, names),
    ...checkDirection(component),
    ...checkUnknown(component),
    ...checkFields(component),
    ...checkAddresses(component),
    ...checkUnseen(component),
  ];
  if (findings.length > 0) return findings;
  return [ok`component: the YAML of ${component.name} is in order`];
}

function checkType({ name, type, version }: ComponentResource, names: readonly string[]) {
  const findings: Finding[] = [];
  if (type === "") {
    findings.push(
      problem`type: ${name} has no spec.type, so daprd ends when it starts -> write type: bindings.dingtalk.webhook`,
    );
  } else if (!serves(names, type)) {
    const offered = names.map((socket) => `bindings.${socket}`).join(", ");
    findings.push(
      problem`type: ${name} has the type ${type}, which no socket offers -> use one of ${offered}, or add the name to DINGTALK_SOCKET_NAMES`,
    );
  }
  if (!["", "v0", "v1"].includes(version.toLowerCase())) {
    findings.push(
      problem`type: ${name} has a version that daprd does not find; a socket offers only v1 -> write version: v1`,
    );
  }
  return findings;
}

function checkDirection({ name, fields }: ComponentResource): Finding[] {
  const field = fields.find((other) => other.name.toLowerCase() === "direction");
  if (field === undefined) {
    return [
      warning`direction: ${name} has no direction, so daprd asks the app whether it wants to read -> add direction: output, or input, output to use get`,
    ];
  }
  if (field.value === undefined) return [];
  const directions = field.value.split(",").map((word) => word.trim().toLowerCase());
  if (directions.every((direction) => ["input", "output"].includes(direction))) return [];
  return [
    problem`direction: ${name} has a direction that daprd does not know -> write output, input, or input, output`,
  ];
}

/** Fields of which only daprd sees the value. Sensitive fields are reported with their secrecy. */
function checkUnseen({ name, fields }: ComponentResource): Finding[] {
  const isSensitive = (field: string): boolean =>
    metadataFields.some(
      (known) => known.sensitive && known.name.toLowerCase() === field.toLowerCase(),
    );
  const unseen = fields.filter((field) => field.value === undefined && !isSensitive(field.name));
  const hasRedis = fields.some((field) => field.name.toLowerCase() === "redishost" && field.value);
  return [
    ...unseen.map(
      (field) =>
        skipped`field: ${name} has its ${field.name} by reference; its value was not checked`,
    ),
    ...(hasRedis ? [skipped`redis: the Redis of ${name} was not asked`] : []),
  ];
}

function checkUnknown({ name, fields }: ComponentResource): Finding[] {
  return unknownFields(toProperties(fields)).map(
    ({ field, nearest: near }) =>
      problem`unknown-field: ${name} has the field ${field}, which means nothing -> ${near === undefined ? "remove it" : `did you mean ${near}? Else remove it`}`,
  );
}

/** A field whose value daprd reads from elsewhere gets the example of that field as its value. */
function toProperties(fields: readonly ComponentField[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, value }) => [name, value ?? exampleOf(name)]));
}

function exampleOf(name: string): string {
  const field = metadataFields.find((other) => other.name.toLowerCase() === name.toLowerCase());
  return field?.example ?? "";
}

/** Checks each field beside valid other fields, so that one wrong field does not hide the next. */
function checkFields({ name, fields }: ComponentResource): Finding[] {
  const given = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
  const known = metadataFields.filter(
    (field) => field.required || given.has(field.name.toLowerCase()),
  );
  const valid = Object.fromEntries(known.map((field) => [field.name, field.example]));
  const url = given.get("url")?.value ?? "";
  // The number of secrets depends on the urls. If the urls are wrong, no secret is checked.
  const isUrlValid = complaintOf({ ...valid, url, secret: "" }) === undefined;
  const complaints = known.flatMap((field) => {
    const { value } = given.get(field.name.toLowerCase()) ?? { value: "" };
    if (field.name === "secret" && !isUrlValid) return [];
    const { [field.name]: _example, ...others } = valid;
    const own = value === "" ? {} : { [field.name]: value ?? field.example };
    const robot = field.name === "secret" ? { url } : {};
    const complaint = complaintOf({ ...others, ...robot, ...own });
    return complaint === undefined ? [] : [{ field: field.name, complaint }];
  });
  // Several fields may need the same missing field.
  const once = new Map(complaints.reverse().map(({ field, complaint }) => [complaint, field]));
  return [...once].reverse().map(([complaint, field]) => {
    // Error texts have the form: what is wrong; what to do.
    const [message, remedy = "write it as the README has it"] = complaint.split("; ");
    return problem`${field === "url" ? "url" : "field"}: ${name}: ${message} -> ${remedy}`;
  });
}

function complaintOf(properties: Readonly<Record<string, string>>): string | undefined {
  try {
    parseMetadata(properties);
    return undefined;
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    return error.message;
  }
}
