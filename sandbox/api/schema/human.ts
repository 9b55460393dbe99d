import * as z from "zod";
import { faultEffect } from "./faults.ts";
import { callbackProblem, pushRemark } from "./remarks.ts";
import { secret } from "./rules.ts";
import { integer, list, named, object, oneOf, text, texts, time } from "./values.ts";

const callbackUrl = text({ max: 8192 })
  .refine(isCallbackUrl, { error: "has to be an http(s) address without a password" })
  .meta({ format: "uri" });

const headerText = secret.regex(/^[\x21-\x7e]+$/, { error: "has to be printable ASCII" });

/** Who speaks to the robot, and how the robot's program gets it. */
export const humanSettings = named(
  "HumanSettings",
  object({
    mode: oneOf(["http", "stream"]).describe(
      "http posts messages to callbackUrl. stream pushes them to a connection that the program opened with clientId and appSecret.",
    ),
    callbackUrl: callbackUrl
      .nullable()
      .describe("The http or https address of the program. Null until it is set."),
    clientId: headerText.describe(
      "The Client ID of the robot's app, also its robotCode. By default, it follows from the token. Robots with the same Client ID share their connections.",
    ),
    appSecret: secret
      .nullable()
      .describe("The Client Secret of the robot's app: signs callbacks and opens connections."),
    outgoingToken: headerText.nullable().describe("The header token of an Outgoing robot."),
    senderNick: text({ min: 1, max: 100 }),
    senderStaffId: text({ max: 100 }).describe("Empty for somebody outside the organisation."),
    conversationTitle: text({ min: 1, max: 100 }),
    conversationType: oneOf(["1", "2"]).describe("1 is a chat of two, 2 is a group."),
    conversationId: text({ min: 1, max: 200 })
      .nullable()
      .describe("Null gives each room one id for its group and another one for its chat of two."),
    sessionMinutes: integer(0, 10_080).describe("How long a sessionWebhook works. Default: 90."),
    redeliverAfterSeconds: integer(1, 3600).describe(
      "How long after a push without success the message is pushed again. Default: 60.",
    ),
    redeliveries: integer(0, 100).describe("How often a message is pushed again. Default: 1."),
    redeliveryTimestamp: oneOf(["same", "new"]).describe(
      "Whether a callback that is posted again has the timestamp and the signature of the first one. Default: same.",
    ),
  }),
);

/** Settings of the human to change. */
export const humanPatch = named(
  "HumanPatch",
  humanSettings.exactPartial(),
  "An absent field stays as it is; null removes.",
);

/** What a human says to the robot. The robot counts as mentioned. */
export const humanSpeech = named(
  "HumanSpeech",
  object({
    text: text({ min: 1, max: 20_000 })
      .regex(/\S/, { error: "is missing or empty" })
      .exactOptional()
      .describe("What the human says; not only white space."),
    content: z
      .looseObject(
        { msgtype: text({ min: 1, max: 100 }) },
        { error: "has to be a JSON object with a msgtype" },
      )
      .exactOptional()
      .describe(
        'A message of any msgtype instead of text, such as {"msgtype":"picture","content":{"downloadCode":"1"}}. Its fields replace fields of the same names in what the program gets.',
      ),
    alsoMention: list(text({ min: 1 }), 20)
      .exactOptional()
      .describe("Tokens of other robots that the same message mentions. All get the same msgId."),
    overQuota: z
      .boolean({ error: "has to be true or false" })
      .exactOptional()
      .describe(
        "True pushes errorCode 20001 in place of the content: the month's quota is used up.",
      ),
    again: text({ min: 1, max: 15 })
      .exactOptional()
      .describe("The id of an earlier entry of the human, which is pushed once more now."),
  }).superRefine(({ text, content, again, alsoMention, overQuota }, { addIssue }) => {
    const given = [text, content, again].filter((value) => value !== undefined).length;
    if (given === 0) addIssue({ code: "custom", path: ["text"], message: "is missing or empty" });
    if (given > 1) {
      addIssue({ code: "custom", message: "takes only one of text, content and again" });
    }
    if (again === undefined) return;
    if (alsoMention !== undefined) {
      addIssue({ code: "custom", path: ["alsoMention"], message: "does not go with again" });
    }
    if (overQuota !== undefined) {
      addIssue({ code: "custom", path: ["overQuota"], message: "does not go with again" });
    }
  }),
  "What a human says: one of text, content and again.",
);

/** One copy of a human's message on its way to the robot's program. */
export const push = named(
  "Push",
  z.object({
    pushedAt: time,
    connection: z.string().nullable().describe("The id of the connection; null in HTTP mode."),
    messageId: z.string().nullable().describe("Of the frame; null in HTTP mode."),
    code: z
      .number()
      .nullable()
      .describe("The code of the ack, or the HTTP status. Null as long as there is none."),
    durationMs: z.number().nullable().describe("From the push to the ack or the HTTP answer."),
    fault: faultEffect.nullable().describe("The fault that hit this copy."),
    remarks: z.array(pushRemark),
  }),
  "One copy of a human's message on its way to the robot's program.",
);

/** How a human's words reached the robot's program. */
export const callback = named(
  "Callback",
  z.object({
    // The data file of an older sandbox has neither mode nor pushes.
    mode: z.enum(["http", "stream"]).default("http"),
    state: z
      .enum(["waiting", "answered", "failed"])
      .describe("answered: a copy was acked, or answered with HTTP 2xx."),
    url: z.string().describe("Empty in stream mode."),
    headers: texts.describe("sign and token are masked. Empty in stream mode."),
    body: z.string().describe("The JSON text that was sent. The session is masked."),
    status: z.int().nullable().describe("The HTTP status; null without an answer."),
    durationMs: z.number().nullable(),
    answerBody: z.string().describe("At most the first 32,768 characters."),
    problem: callbackProblem.nullable(),
    pushes: z.array(push).default([]).describe("All copies, oldest first, at most the last 100."),
  }),
);

function isCallbackUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}
