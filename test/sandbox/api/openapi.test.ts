import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { apiRoutes } from "../../../sandbox/api/routes.ts";
import { call, playRobots } from "../support/sandbox.ts";

interface Document {
  readonly [name: string]: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

test("the API's description is valid OpenAPI 3.1", async () => {
  const { sandbox } = await playRobots();
  const { json } = await call<Document>(sandbox, "GET /api/openapi.json");
  const validator = new Validator();

  const { valid, errors } = await validator.validate(json);

  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe("3.1");
  expect(() => validator.resolveRefs()).not.toThrow();
});

test("the API's description names the calls that there are and no others", async () => {
  const { sandbox } = await playRobots();
  const { json } = await call<Document>(sandbox, "GET /api/openapi.json");

  const described = Object.entries(json.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );

  expect(described.sort()).toEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).sort());
});
