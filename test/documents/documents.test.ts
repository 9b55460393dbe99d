import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { metadataFields } from "../../src/binding/fields.ts";
import { environmentVariables } from "../../src/sidecar/environment.ts";
import { reasons } from "../support/reasons.ts";

const read = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), "utf8");

describe("README.md", () => {
  test.each(metadataFields)("describes the metadata field $name", async (field) => {
    const readme = await read("README.md");

    const required = field.required ? "yes" : "no";
    const fallback = "default" in field ? `\`${field.default}\`` : "–";
    expect(readme).toContain(
      `| \`${field.name}\` | ${required} | ${fallback} | ${field.description} |`,
    );
  });

  test.each(environmentVariables)("describes the variable $name", async (variable) => {
    const readme = await read("README.md");

    const fallback = variable.default === "" ? "–" : `\`${variable.default}\``;
    expect(readme).toContain(`| \`${variable.name}\` | ${fallback} | ${variable.description} |`);
  });

  test.each(reasons)("lists the reason %s", async (reason) => {
    expect(await read("README.md")).toContain(`\`${reason}\``);
  });
});

describe("metadata.yaml", () => {
  test("has the fields of the code", async () => {
    const { metadata } = parse(await read("metadata.yaml"));

    expect(metadata).toMatchObject(
      metadataFields.map((field) => ({
        name: field.name,
        required: field.required,
        description: `${field.description}.`,
        ...("default" in field && { default: field.default }),
        ...(field.sensitive && { sensitive: true }),
      })),
    );
    expect(metadata).toHaveLength(metadataFields.length);
  });
});
