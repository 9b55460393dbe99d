/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

const string: Schema = { type: "string" };
const nullableString: Schema = { type: ["string", "null"] };
const integer: Schema = { type: "integer" };
const boolean: Schema = { type: "boolean" };
const time: Schema = { type: "string", format: "date-time" };
const strings: Schema = { type: "array", items: string };
const object: Schema = { type: "object" };
const texts: Schema = { type: "object", additionalProperties: string };

/** All fields are there; those with `?` at their end may be absent. */
function record(fields: Readonly<Record<string, Schema>>, description?: string): Schema {
  const names = Object.keys(fields);
  return {
    type: "object",
    ...(description !== undefined && { description }),
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, schema]) => [name.replace("?", ""), schema]),
    ),
    required: names.filter((name) => !name.endsWith("?")),
  };
}

function words(...values: readonly string[]): Schema {
  return { type: "string", enum: values };
}

function listOf(name: string): Schema {
  return { type: "array", items: reference(name) };
}

function orNull(schema: Schema): Schema {
  return { oneOf: [schema, { type: "null" }] };
}

/** The schema with that name in the document. */
function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

const remark = record(
  {
    code: string,
    params: { type: "object", additionalProperties: { type: ["string", "number"] } },
    text: string,
  },
  "A sentence by its code and what it names; text is the same in English.",
);

const attempt = {
  receivedAt: time,
  outcome: words("accepted", "refused", "faulted"),
  errcode: { type: ["integer", "null"] },
  errmsg: string,
  explanation: orNull(reference("Remark")),
  fault: orNull(reference("FaultEffect")),
};

const faultEffects: readonly Schema[] = [
  record({ type: { const: "errcode" }, errcode: integer, "errmsg?": string }),
  record({
    type: { const: "http-status" },
    status: { type: "integer", minimum: 400, maximum: 599 },
  }),
  record({
    type: { const: "delay" },
    delayMs: { type: "integer", minimum: 0, maximum: 600_000 },
  }),
  record({ type: words("html", "hang", "reset", "truncated", "redirect", "lost-answer") }),
];

const rules = {
  secret: nullableString,
  keywords: { ...strings, maxItems: 10 },
  allowedIps: { ...strings, description: "IPv4 addresses and CIDR blocks" },
  messagesPerMinute: { type: "integer", minimum: 1 },
  penaltySeconds: { type: "integer", minimum: 0, maximum: 86_400 },
  monthlyQuota: { type: ["integer", "null"], minimum: 0 },
  generation: words("a", "b", "c", "d"),
};

const human = {
  callbackUrl: nullableString,
  appSecret: nullableString,
  outgoingToken: nullableString,
  senderNick: string,
  conversationTitle: string,
};

const entry = {
  id: string,
  token: string,
  kind: words("message", "human", "reply"),
  via: words("robot-send", "session-webhook", "http-answer", "page"),
  ...attempt,
  why: nullableString,
  message: { type: ["object", "null"] },
  body: string,
  bodyBytes: integer,
  request: orNull(reference("RequestFacts")),
  msgUuid: nullableString,
  attempts: listOf("Attempt"),
  lint: listOf("Remark"),
  mentions: reference("Mentions"),
  replyTo: nullableString,
  callback: orNull(reference("Callback")),
};

/** The shapes of `api-types.ts`. */
export const schemas = {
  Attempt: record({ ...attempt, isRepeat: boolean }, "One request of several with a msgUuid."),
  ApiError: record({ errcode: integer, errmsg: string, "field?": string }),
  Callback: record({
    state: words("waiting", "answered", "failed"),
    url: string,
    headers: texts,
    body: string,
    status: { type: ["integer", "null"] },
    durationMs: { type: ["number", "null"] },
    answerBody: string,
    problem: orNull(reference("Remark")),
  }),
  Entry: record(entry, "One thing that happened in a robot's room."),
  Fault: record(
    {
      effect: reference("FaultEffect"),
      "next?": { type: "integer", minimum: 1 },
      "share?": { type: "number", exclusiveMinimum: 0, maximum: 1 },
    },
    "For the next so many requests, or for a share of them: exactly one of the two.",
  ),
  FaultEffect: { oneOf: faultEffects },
  HumanPatch: partly(human),
  HumanSettings: record(human),
  HumanSpeech: record({ text: { type: "string", minLength: 1, maxLength: 20_000 } }),
  Mentions: record(
    { mobiles: strings, userIds: strings, all: boolean, notPinged: listOf("NotPinged") },
    "Whom a message really pings.",
  ),
  NotPinged: record({
    kind: words("mobile", "userId", "all"),
    value: string,
    reason: words("not-in-text", "over-limit", "unsupported-msgtype"),
  }),
  ReceivedMessage: record(
    { id: string, token: string, receivedAt: time, message: object, query: texts, headers: object },
    "An accepted message.",
  ),
  Remark: remark,
  RequestFacts: record({
    method: string,
    path: string,
    query: { type: "array", items: { ...strings, minItems: 2, maxItems: 2 } },
    headers: texts,
    remoteAddress: string,
  }),
  RobotState: record({
    token: string,
    isOpened: boolean,
    rules: reference("Rules"),
    faults: listOf("Fault"),
    penaltyEndsAt: orNull(time),
    monthlyCount: integer,
    entryCount: integer,
    human: reference("HumanSettings"),
  }),
  Rules: record(rules, "How a robot judges."),
  RulesPatch: partly(rules),
};

function partly(fields: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    description: "What is absent stays as it is.",
    properties: fields,
    additionalProperties: false,
  };
}
