import { flags } from "../../src/binding/field-readers.ts";
import { daprdFields, type MetadataField, metadataFields } from "../../src/binding/fields.ts";

/** The types that daprd has for our sockets. */
const types = ["dingtalk.webhook", "alicloud.dingtalk.webhook", "dingtalk.robot"];
/** A Go duration, or seconds without a unit. */
const duration = "^(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$|^[0-9]+(\\.[0-9]+)?$";
const count = "^[0-9]{1,7}$";

/**
 * The JSON Schema of a `kind: Component` of ours, as text, for editors.
 *
 * @see https://github.com/redhat-developer/yaml-language-server#using-inlined-schema
 */
export function componentSchema(): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Dapr component bindings.dingtalk.webhook",
    type: "object",
    required: ["apiVersion", "kind", "metadata", "spec"],
    additionalProperties: false,
    properties: {
      apiVersion: { const: "dapr.io/v1alpha1" },
      kind: { const: "Component" },
      metadata: objectMeta,
      spec: specSchema(),
      auth: {
        type: "object",
        additionalProperties: false,
        properties: { secretStore: { type: "string" } },
      },
      scopes: {
        description: "The apps that load the component; all apps if it is absent",
        type: "array",
        items: { type: "string" },
      },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const objectMeta = {
  type: "object",
  required: ["name"],
  properties: {
    name: { description: "The name that apps call", type: "string" },
    namespace: { type: "string" },
  },
};

function specSchema() {
  const required = metadataFields.filter((field) => field.required);
  return {
    type: "object",
    required: ["type", "version", "metadata"],
    additionalProperties: false,
    properties: {
      type: { enum: types.map((name) => `bindings.${name}`) },
      version: { enum: ["v1"] },
      ignoreErrors: { type: "boolean" },
      initTimeout: { type: "string" },
      metadata: {
        type: "array",
        items: { oneOf: [...metadataFields.map(itemSchema), ...daprdFields.map(daprdItem)] },
        allOf: required.map(({ name }) => ({
          contains: { properties: { name: nameSchema(name) } },
        })),
      },
    },
  };
}

function itemSchema(field: MetadataField) {
  const fallback = field.default === undefined ? "" : ` (default ${field.default})`;
  return item(field.name, `${field.en}${fallback}`, valueSchema(field));
}

function daprdItem(name: string) {
  return item(name, "daprd itself reads this field", { type: "string" });
}

/** A value stands in the YAML, in a secret store or in an environment variable. */
function item(name: string, description: string, value: object) {
  return {
    description,
    type: "object",
    required: ["name"],
    additionalProperties: false,
    properties: {
      name: nameSchema(name),
      value: { description, ...value },
      secretKeyRef: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        properties: { name: { type: "string" }, key: { type: "string" } },
      },
      envRef: { type: "string" },
    },
    oneOf: ["value", "secretKeyRef", "envRef"].map((source) => ({ required: [source] })),
  };
}

/** Keys are matched without regard to case; editors offer the usual spelling. */
function nameSchema(name: string) {
  return inAnyCase([name]);
}

/** JSON Schema compares with regard to case, so a pattern stands beside the words. */
function inAnyCase(words: readonly string[]) {
  const spellings = words.map((word) =>
    word.replaceAll(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`),
  );
  return { anyOf: [{ enum: words }, { type: "string", pattern: `^(${spellings.join("|")})$` }] };
}

function valueSchema({ reader, example }: MetadataField) {
  const { allowedValues, type } = reader;
  const examples = [example];
  if (allowedValues !== undefined) return { ...inAnyCase(allowedValues), examples };
  if (type === "duration") return textOrNumber(duration, examples);
  if (type === "number") return textOrNumber(count, examples);
  if (type === "bool") {
    return { anyOf: [{ type: "boolean" }, inAnyCase([...flags.keys()])], examples };
  }
  return { type: "string", examples };
}

/** daprd turns a number of the YAML into text. */
function textOrNumber(pattern: string, examples: readonly string[]) {
  return {
    anyOf: [
      { type: "string", pattern },
      { type: "integer", minimum: 0 },
    ],
    examples,
  };
}
