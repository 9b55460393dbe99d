import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { apiRoutes } from "../../../sandbox/api/routes.ts";
import { call, createSandbox } from "../support/sandbox.ts";

interface Document {
  readonly [name: string]: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { properties?: object }>> };
}

describe("the API's description", () => {
  test("is valid OpenAPI 3.1", async () => {
    const { sandbox } = await createSandbox();
    const { json } = await call<Document>(sandbox, "GET /api/openapi.json");
    const validator = new Validator();

    const { valid, errors } = await validator.validate(json);

    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe("3.1");
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  test("names the calls that there are and no others", async () => {
    const { sandbox } = await createSandbox();
    const { json } = await call<Document>(sandbox, "GET /api/openapi.json");

    const described = Object.entries(json.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(described.sort()).toEqual(
      apiRoutes.map(({ method, path }) => `${method} ${path}`).sort(),
    );
  });

  test.each([
    ["Rules", "keywords", { maxItems: 10, items: { minLength: 1, maxLength: 100 } }],
    ["RulesPatch", "messagesPerMinute", { minimum: 1, maximum: 1_000_000_000 }],
    ["HumanSpeech", "text", { minLength: 1, maxLength: 20_000 }],
    ["Fault", "share", { exclusiveMinimum: 0, maximum: 1 }],
  ])("names the bounds of %s.%s", async (name, field, bounds) => {
    const { sandbox } = await createSandbox();

    const { json } = await call<Document>(sandbox, "GET /api/openapi.json");

    expect(json.components.schemas[name]?.properties).toMatchObject({ [field]: bounds });
  });
});
