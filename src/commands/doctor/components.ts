import { nearest } from "../../base/usage-error.ts";
import { isRequired, parseMetadata, unknownFields } from "../../binding/component-config.ts";
import { metadataFields, fields as rows } from "../../binding/fields.ts";
import { BindingError } from "../../dapr/errors.ts";
import { checkAddresses } from "./addresses.ts";
import {
  type ComponentResource,
  directionsOf,
  fieldOf,
  findField,
  receiveModeOf,
  receives,
} from "./component-resource.ts";
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
export function* checkComponent(
  component: ComponentResource,
  names: readonly string[],
): Iterable<Finding> {
  const findings = [
    ...component.flaws,
    ...checkType(component, names),
    ...checkDirection(component),
    ...checkUnknown(component),
    ...checkTwice(component),
    ...checkFields(component),
    ...checkAddresses(component),
    ...checkUnseen(component),
  ];
  yield* findings;
  if (findings.length === 0) yield ok`component: the YAML of ${component.name} is in order`;
}

function* checkType(component: ComponentResource, names: readonly string[]): Iterable<Finding> {
  const { name, type, version } = component;
  const offered = names.map((socket) => `bindings.${socket}`).join(", ");
  if (type === "") {
    yield problem`type: ${name} has no spec.type, so daprd ends when it starts -> write type: bindings.dingtalk.webhook`;
  } else if (!serves(names, type)) {
    yield problem`type: ${name} has the type ${type}, which no socket offers -> use one of ${offered}, or add the name to DINGTALK_SOCKET_NAMES`;
  }
  if (["", "v0", "v1"].includes(version.toLowerCase())) return;
  yield problem`type: ${name} has a version that daprd does not find; a socket offers only v1 -> write version: v1`;
}

function* checkDirection(component: ComponentResource): Iterable<Finding> {
  const { name } = component;
  const directions = directionsOf(component);
  if (findField(component, "direction") === undefined) {
    yield warning`direction: ${name} has no direction, so daprd asks the app whether it wants to read -> add direction: output, or input, output to use get or to receive`;
  } else if (directions?.some((word) => !["input", "output"].includes(word))) {
    yield problem`direction: ${name} has a direction that daprd does not know -> write output, input, or input, output`;
  } else if (receives(component) && directions?.includes("input") === false) {
    yield problem`direction: ${name} is to receive and has a direction without input, so daprd never reads from it -> write direction: input, output`;
  }
}

/** Fields of which only daprd sees the value. Sensitive fields are reported with their secrecy. */
function* checkUnseen(component: ComponentResource): Iterable<Finding> {
  const { name, fields } = component;
  for (const { name: field, value } of fields) {
    const known = metadataFields.find((row) => row.name.toLowerCase() === field.toLowerCase());
    if (value !== undefined || known?.sensitive) continue;
    yield skipped`field: ${name} has its ${field} by reference; its value was not checked`;
  }
  if (fieldOf(component, "redisHost")) yield skipped`redis: the Redis of ${name} was not asked`;
}

function* checkUnknown({ name, fields }: ComponentResource): Iterable<Finding> {
  const properties = Object.fromEntries(fields.map((field) => [field.name, field.value ?? ""]));
  for (const { field, nearest: near } of unknownFields(properties)) {
    const remedy = near === undefined ? "remove it" : `did you mean ${near}? Else remove it`;
    yield problem`unknown-field: ${name} has the field ${field}, which means nothing -> ${remedy}`;
  }
}

/** Fields that stand several times, of which daprd takes the last. Their names have no letter case. */
function* checkTwice({ name, fields }: ComponentResource): Iterable<Finding> {
  const names = fields.map((field) => field.name.toLowerCase());
  const twice = names.filter((field, index) => names.indexOf(field) < index);
  for (const field of new Set(twice)) {
    yield problem`field: ${name} has the field ${field} more than once, so one of its values means nothing -> remove the others`;
  }
}

/**
 * Checks each field beside valid other fields, so that one wrong field does not hide the next. A
 * value that only daprd sees counts as valid.
 */
function* checkFields(component: ComponentResource): Iterable<Finding> {
  const { name } = component;
  const receive = receiveModeOf(component);
  const mode: Record<string, string> =
    receive === undefined ? {} : { [rows.receive.name]: receive };
  const known = metadataFields.filter(
    (field) => isRequired(field, mode) || findField(component, field.name) !== undefined,
  );
  const examples = Object.fromEntries(known.map((field) => [field.name, field.example]));
  const valid = { ...examples, ...mode };
  // The number of secrets depends on the urls. If the urls are wrong, no secret is checked.
  const url = fieldOf(component, "url") ?? "";
  const isUrlValid = complaintOf({ ...valid, url, secret: "" }) === undefined;
  // Several fields may need the same missing field.
  const told = new Set<string>();
  for (const { name: field, example } of known) {
    if (field === "secret" && !isUrlValid) continue;
    const own = {
      [field]: fieldOf(component, field) ?? example,
      ...(field === "secret" && { url }),
    };
    const complaint = complaintOf({ ...valid, ...own });
    if (complaint === undefined || told.has(complaint)) continue;
    told.add(complaint);
    // Error texts have the form: what is wrong; what to do.
    const [message, remedy = "write it as the README has it"] = complaint.split("; ");
    yield problem`${field === "url" ? "url" : "field"}: ${name}: ${message} -> ${remedy}`;
  }
}

/** An empty value counts as absent, because in the YAML it has not come from a secret store. */
function complaintOf(properties: Readonly<Record<string, string>>): string | undefined {
  const given = Object.entries(properties).filter(([, value]) => value !== "");
  try {
    parseMetadata(Object.fromEntries(given));
    return undefined;
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    return error.message;
  }
}
