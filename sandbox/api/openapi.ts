import * as z from "zod";
import type { ApiRoute } from "./route.ts";
import { apiError } from "./schema/state.ts";
import { namedSchemas } from "./schema/values.ts";

type Schema = Readonly<Record<string, unknown>>;

/** The description of the API's rows and of all named schemas as an OpenAPI 3.1 document. */
export function describeApi(routes: readonly ApiRoute[]) {
  return {
    openapi: "3.1.0",
    info: {
      title: "dingtalk-webhook sandbox",
      version: "1",
      description:
        "Reads what DingTalk robots would have said, and sets how they behave. Tokens in paths are percent-encoded. Secrets are masked unless reveal=1 asks for them.",
    },
    paths: describePaths(routes),
    components: { schemas: describeNamedSchemas() },
  };
}

function describePaths(routes: readonly ApiRoute[]) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describe(route) };
  }
  return paths;
}

function describe(route: ApiRoute) {
  const { summary, description, path, query, header, body } = route;
  const inPath = /\{(\w+)\}/.exec(path)?.[1];
  const answers = Object.entries({ ...errorsOf(route), ...route.answers });
  return {
    summary,
    ...(description !== undefined && { description }),
    parameters: [
      ...(inPath === undefined ? [] : [parameter(inPath, "path", { required: true })]),
      ...queryParameters(query),
      ...(header === undefined ? [] : [parameter(header[0], "header", { description: header[1] })]),
    ],
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: Object.fromEntries(
      answers.map(([status, schema]) => [status, describeAnswer(status, schema)]),
    ),
  };
}

/** The failures that follow from a row's method, path and body. */
function errorsOf({ method, path, body }: ApiRoute): Record<number, z.ZodType> {
  return {
    ...(body && { 400: apiError, 413: apiError }),
    ...(method !== "GET" && { 403: apiError }),
    ...(path.includes("{") && { 404: apiError }),
  };
}

function queryParameters(query: z.ZodType) {
  const { properties = {} } = z.toJSONSchema(query);
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = typeof schema === "object" ? schema : {};
    return parameter(name, "query", { description, schema: rest });
  });
}

function parameter(name: string, place: string, facts: Schema) {
  return { name, in: place, schema: { type: "string" }, ...facts };
}

function describeAnswer(status: string, schema: z.ZodType | null) {
  const description = status.startsWith("2") ? "Done." : "Refused, with the reason.";
  return schema === null ? { description } : { description, content: json(schema) };
}

function json(schema: z.ZodType) {
  return { "application/json": { schema: refer(schema) } };
}

/** A reference to a named schema, or a list of such references. */
function refer(schema: z.ZodType): Schema {
  const id = namedSchemas.get(schema)?.id;
  if (id !== undefined) return { $ref: addressOf(id) };
  if (!(schema instanceof z.ZodArray)) return withoutDialect(z.toJSONSchema(schema));
  const { items, ...rest } = withoutDialect(z.toJSONSchema(schema));
  return { ...rest, items: schema.element instanceof z.ZodType ? refer(schema.element) : items };
}

function describeNamedSchemas(): Readonly<Record<string, Schema>> {
  const { schemas } = z.toJSONSchema(namedSchemas, { uri: addressOf, io: "input" });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => [id, withoutDialect(schema)]),
  );
}

function addressOf(id: string): string {
  return `#/components/schemas/${id}`;
}

/** OpenAPI 3.1 names the dialect once, and its schemas are found by their place. */
function withoutDialect({ $schema: _, $id: __, ...schema }: Schema): Schema {
  return schema;
}
