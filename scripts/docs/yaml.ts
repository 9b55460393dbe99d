import { stringify } from "yaml";
import { metadataFields } from "../../src/binding/fields.ts";

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
    binding: field.scope && { input: field.scope === "input", output: field.scope === "output" },
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
