import { stringify } from "yaml";
import { type MetadataField, metadataFields } from "../../src/binding/fields.ts";

/**
 * The list of fields in `metadata.yaml`.
 *
 * @see https://github.com/dapr/components-contrib/blob/main/component-metadata-schema.json
 */
export function yamlBlocks(): { metadata: string } {
  const metadata = metadataFields.map((field) => ({
    name: field.name,
    type: field.reader.type,
    required: field.required ?? false,
    sensitive: field.sensitive,
    default: field.default,
    allowedValues: field.reader.allowedValues,
    binding: bindingOf(field),
    description: `${field.en}.`,
    example: field.example,
  }));
  const options = {
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    lineWidth: 0,
  } as const;
  return { metadata: stringify({ metadata }, options).trimEnd() };
}

/** The direction of the binding that the field is limited to. Undefined if it has no limit. */
function bindingOf({ scope = "output" }: MetadataField) {
  return scope === "both" ? undefined : { input: scope === "input", output: scope === "output" };
}
