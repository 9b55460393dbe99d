import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { wholeFiles } from "../../scripts/docs/main.ts";
import { metadataFields } from "../../src/binding/fields.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const examples = [
  "components/dingtalk-webhook.yaml",
  "components/secret-store/dingtalk-webhook.yaml",
  "deploy/base/component.yaml",
  "examples/receiving/resources/support-bot.yaml",
];
const schema: object = JSON.parse(await readFile(join(root, "schema/component.json"), "utf8"));
const validate = new Ajv({ allErrors: true, strictTypes: false }).compile(schema);

/** A component with an id, an address and these items. */
const component = (...items: string[]): string =>
  [
    "apiVersion: dapr.io/v1alpha1",
    "kind: Component",
    "metadata: { name: alerts }",
    "spec:",
    "  type: bindings.dingtalk.webhook",
    "  version: v1",
    "  metadata:",
    "  - { name: id, value: ops }",
    "  - { name: url, value: https://example.com/robot/send?access_token=x }",
    ...items.map((item) => `  - ${item}`),
  ].join("\n");

test("schema/component.json is what npm run docs writes", async () => {
  const text = await readFile(join(root, "schema/component.json"), "utf8");

  expect(text).toBe(wholeFiles["schema/component.json"]);
});

describe("the examples", () => {
  test.each(examples)("%s names the schema in its first line", async (path) => {
    const text = await readFile(join(root, path), "utf8");

    const [, target = ""] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(join(dirname(path), target)).toBe("schema/component.json");
  });

  test.each(examples)("%s follows the schema", async (path) => {
    const text = await readFile(join(root, path), "utf8");

    validate(parse(text));

    expect(validate.errors ?? []).toEqual([]);
  });
});

describe("the schema", () => {
  test.each(
    metadataFields
      .filter(({ required }) => !required)
      .map(({ name, example }) => ({ name, example })),
  )("accepts the example of $name", ({ name, example }) => {
    const text = component(`{ name: ${name}, value: ${JSON.stringify(example)} }`);

    expect(validate(parse(text))).toBe(true);
  });

  test.each([
    "{ name: maxwait, value: 1m30s }",
    "{ name: maxWait, value: 30 }",
    "{ name: retries, value: 3 }",
    "{ name: overflow, value: Digest }",
    "{ name: enableTLS, value: true }",
    '{ name: enableTLS, value: "on" }',
    "{ name: direction, value: output }",
    "{ name: secret, secretKeyRef: { name: dingtalk, key: secret } }",
    "{ name: secret, envRef: DINGTALK_SECRET }",
  ])("accepts %s", (item) => {
    expect(validate(parse(component(item)))).toBe(true);
  });

  test.each([
    "{ name: maxWiat, value: 5s }",
    "{ name: maxWait, value: 5 seconds }",
    "{ name: maxWait, value: -5s }",
    "{ name: overflow, value: drop }",
    "{ name: messagesPerMinute, value: twenty }",
    "{ name: retries, value: 1.5 }",
    "{ name: enableTLS, value: maybe }",
    "{ name: secret, secretKeyRef: { nam: dingtalk } }",
    "{ name: secret }",
    "{ name: secret, value: a, envRef: B }",
  ])("refuses %s", (item) => {
    expect(validate(parse(component(item)))).toBe(false);
  });

  test.each([
    ["type: bindings.dingtalk.webhook", "type: bindings.dingtalk.webhok"],
    ["kind: Component", "kind: Configuration"],
    ["  - { name: id, value: ops }\n", ""],
    ["  version: v1\n", ""],
    ["spec:", "scope: [app]\nspec:"],
  ])("refuses %j changed to %j", (from, to) => {
    const text = component().replace(from, to);

    expect(validate(parse(component()))).toBe(true);
    expect(validate(parse(text))).toBe(false);
  });
});
