import { type Schema, schemas } from "./openapi-schemas.ts";

type SchemaName = keyof typeof schemas;

interface Operation {
  readonly summary: string;
  readonly query?: readonly Parameter[];
  readonly header?: Parameter;
  readonly request?: Schema;
  /** By status; null for an answer without a body. */
  readonly answers: Readonly<Record<number, Schema | null>>;
}

type Parameter = readonly [name: string, description: string, schema: Schema];

const string: Schema = { type: "string" };
const token: Parameter = ["token", "One robot's; all robots' without it.", string];
const contains: Parameter = ["contains", "A piece of a text, in any letter case.", string];
const reveal: Parameter = ["reveal", "1 shows secrets.", { type: "string", enum: ["1"] }];
const search = [token, contains];

const error = to("ApiError");
const robot = { 200: to("RobotState"), 404: error };
const changed = { ...robot, 400: error, 403: error, 413: error };

const operations: Readonly<Record<string, Operation>> = {
  "GET /api/messages": {
    summary: "Accepted messages, oldest first",
    query: search,
    answers: { 200: all("ReceivedMessage") },
  },
  "DELETE /api/messages": {
    summary: "Forget what happened in the rooms",
    query: [token],
    answers: { 204: null, 403: error },
  },
  "GET /api/messages/latest": {
    summary: "The newest accepted message",
    query: search,
    answers: { 200: to("ReceivedMessage"), 404: error },
  },
  "GET /api/messages/wait": {
    summary: "Accepted messages, once there are so many",
    query: [
      ...search,
      ["count", "How many there have to be.", { type: "number", minimum: 1, default: 1 }],
      ["timeout", "In seconds.", { type: "number", minimum: 0, maximum: 300, default: 10 }],
    ],
    answers: { 200: all("ReceivedMessage"), 400: error, 504: error },
  },
  "GET /api/events": {
    summary: "What happens, as it happens: server-sent events",
    query: [token],
    header: ["Last-Event-ID", "The last event that was seen.", string],
    answers: { 200: null },
  },
  "GET /api/entries": {
    summary: "All that happened in the rooms, refused requests too, oldest first",
    query: [
      ...search,
      ["kind", "Only that.", { type: "string", enum: ["message", "human", "reply"] }],
      ["outcome", "Only that.", { type: "string", enum: ["accepted", "refused", "faulted"] }],
      ["limit", "Only the newest so many.", { type: "integer", minimum: 1 }],
      reveal,
    ],
    answers: { 200: all("Entry"), 400: error },
  },
  "GET /api/entries/{id}": {
    summary: "One of them",
    query: [reveal],
    answers: { 200: to("Entry"), 404: error },
  },
  "GET /api/robots": {
    summary: "All robots",
    query: [reveal],
    answers: { 200: all("RobotState") },
  },
  "GET /api/robots/{token}": { summary: "One robot", query: [reveal], answers: robot },
  "PATCH /api/robots/{token}/rules": {
    summary: "Change how a robot judges",
    query: [reveal],
    request: to("RulesPatch"),
    answers: changed,
  },
  "PUT /api/robots/{token}/faults": {
    summary: "Set a robot's faults, in place of all before",
    query: [reveal],
    request: all("Fault"),
    answers: changed,
  },
  "PATCH /api/robots/{token}/human": {
    summary: "Change who speaks and where the robot's callbacks go",
    query: [reveal],
    request: to("HumanPatch"),
    answers: changed,
  },
  "POST /api/robots/{token}/human": {
    summary: "Speak to the robot and wait for its answer",
    request: to("HumanSpeech"),
    answers: { ...changed, 200: to("Entry") },
  },
  "GET /api/openapi.json": {
    summary: "This description",
    answers: { 200: { type: "object" } },
  },
};

/** The API in the words of OpenAPI 3.1. */
export const openApi = {
  openapi: "3.1.0",
  info: {
    title: "dingtalk-webhook sandbox",
    version: "1",
    description: "Reads what DingTalk robots would have said, and sets how they behave.",
  },
  paths: toPaths(),
  components: { schemas },
};

function toPaths() {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const [method = "", path = ""] = name.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(path, operation) };
  }
  return paths;
}

function describe(path: string, { summary, query = [], header, request, answers }: Operation) {
  const place = /\{(\w+)\}/.exec(path)?.[1];
  return {
    summary,
    parameters: [
      ...(place === undefined ? [] : [{ name: place, in: "path", required: true, schema: string }]),
      ...query.map((parameter) => toParameter(parameter, "query")),
      ...(header === undefined ? [] : [toParameter(header, "header")]),
    ],
    ...(request && { requestBody: { required: true, content: json(request) } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, schema]) => [status, toResponse(status, schema)]),
    ),
  };
}

function toParameter([name, description, schema]: Parameter, place: string) {
  return { name, in: place, description, schema };
}

function toResponse(status: string, schema: Schema | null) {
  const description = status.startsWith("2") ? "Done." : "Refused, with the reason.";
  return schema === null ? { description } : { description, content: json(schema) };
}

function json(schema: Schema) {
  return { "application/json": { schema } };
}

function to(name: SchemaName): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

function all(name: SchemaName): Schema {
  return { type: "array", items: to(name) };
}
