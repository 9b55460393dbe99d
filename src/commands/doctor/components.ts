import { nearest } from "../../base/usage-error.ts";
import { isRequired, parseMetadata, unknownFields } from "../../binding/component-config.ts";
import { type MetadataField, metadataFields, fields as rows } from "../../binding/fields.ts";
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
  return [ok("component", `the YAML of ${component.name} is in order`)];
}

function checkType({ name, type, version }: ComponentResource, names: readonly string[]) {
  const findings: Finding[] = [];
  if (type === "") {
    const message = `${name} has no spec.type, so daprd ends when it starts`;
    findings.push(problem("type", message, "write type: bindings.dingtalk.webhook"));
  } else if (!serves(names, type)) {
    const offered = names.map((socket) => `bindings.${socket}`).join(", ");
    const remedy = `use one of ${offered}, or add the name to DINGTALK_SOCKET_NAMES`;
    findings.push(problem("type", `${name} has the type ${type}, which no socket offers`, remedy));
  }
  if (!["", "v0", "v1"].includes(version.toLowerCase())) {
    const message = `${name} has a version that daprd does not find; a socket offers only v1`;
    findings.push(problem("type", message, "write version: v1"));
  }
  return findings;
}

function checkDirection({ name, fields }: ComponentResource): Finding[] {
  const field = fields.find((other) => other.name.toLowerCase() === "direction");
  if (field === undefined) {
    const message = `${name} has no direction, so daprd asks the app whether it wants to read`;
    return [warning("direction", message, "add direction: output, or input, output to use get")];
  }
  if (field.value === undefined) return [];
  const directions = field.value.split(",").map((word) => word.trim().toLowerCase());
  if (directions.every((direction) => ["input", "output"].includes(direction))) return [];
  const message = `${name} has a direction that daprd does not know`;
  return [problem("direction", message, "write output, input, or input, output")];
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
    ...unseen.map((field) =>
      skipped("field", `${name} has its ${field.name} by reference; its value was not checked`),
    ),
    ...(hasRedis ? [skipped("redis", `the Redis of ${name} was not asked`)] : []),
  ];
}

function checkUnknown({ name, fields }: ComponentResource): Finding[] {
  return unknownFields(toProperties(fields)).map(({ field, nearest: near }) =>
    problem(
      "unknown-field",
      `${name} has the field ${field}, which means nothing`,
      near === undefined ? "remove it" : `did you mean ${near}? Else remove it`,
    ),
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
  const findings = metadataFields.flatMap((known: MetadataField) => {
    const given = fields.find((other) => other.name.toLowerCase() === known.name.toLowerCase());
    if (given === undefined && !isRequired(known, modeIn(fields))) return [];
    const value = given === undefined ? "" : (given.value ?? known.example);
    // An empty value in the YAML has not come from a secret store.
    const own = value === "" ? {} : { [known.name]: value };
    const complaint = complaintOf({ ...own, ...standIns(known.name, fields) });
    if (complaint === undefined) return [];
    // Error texts have the form: what is wrong; what to do.
    const [message = "", remedy = "write it as the README has it"] = complaint.split("; ");
    return [problem(known.name === "url" ? "url" : "field", `${name}: ${message}`, remedy)];
  });
  // Several fields may need the same missing field.
  return findings.filter(
    ({ message }, index) => findings.findIndex((other) => other.message === message) === index,
  );
}

/** A valid value for every other field that is set or required. */
function standIns(tested: string, fields: readonly ComponentField[]): Record<string, string> {
  const isThere = ({ name }: MetadataField): boolean =>
    fields.some((field) => field.name.toLowerCase() === name.toLowerCase());
  const others = metadataFields.filter(
    (known) => known.name !== tested && (isRequired(known, modeIn(fields)) || isThere(known)),
  );
  const examples = {
    ...Object.fromEntries(others.map(({ name, example }) => [name, example])),
    ...(tested !== rows.receive.name && modeIn(fields)),
  };
  if (tested !== "secret") return examples;
  // The number of secrets depends on the urls. If the urls are wrong, no secret is checked.
  const url = fields.find((field) => field.name.toLowerCase() === "url")?.value ?? "";
  return complaintOf({ ...examples, url }) === undefined
    ? { ...examples, url }
    : { ...examples, secret: exampleOf("secret") };
}

/** How the component receives, as the property that says it; empty for the default and for no mode. */
function modeIn(fields: readonly ComponentField[]): Record<string, string> {
  const { name, reader } = rows.receive;
  const given = fields.find((field) => field.name.toLowerCase() === name)?.value?.trim() ?? "";
  return reader.allowedValues?.includes(given.toLowerCase()) ? { [name]: given } : {};
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
