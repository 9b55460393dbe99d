import { describe, expect, test } from "vitest";
import { metadataFields } from "../../src/binding/fields.ts";

const defaults = metadataFields.flatMap((field) =>
  field.default === undefined ? [] : [{ ...field, text: field.default }],
);
const examples = metadataFields.map((field) => ({ ...field, text: field.example }));
const choices = metadataFields.flatMap((field) =>
  (field.reader.allowedValues ?? []).map((text) => ({ ...field, text })),
);

describe("a metadata field", () => {
  test.each(defaults)("reads the default of $name, $text", ({ reader, name, text }) => {
    expect(() => reader.read(text, name)).not.toThrow();
  });

  test.each(examples)("reads the example of $name, $text", ({ reader, name, text }) => {
    expect(() => reader.read(text, name)).not.toThrow();
  });

  test.each(choices)("reads $text, which $name allows", ({ reader, name, text }) => {
    expect(reader.read(text, name)).toBe(text);
  });
});
