import * as z from "zod";
import { callbackProblem } from "./remarks.ts";
import { secret } from "./rules.ts";
import { named, object, text, texts } from "./values.ts";

const callbackUrl = text({ max: 8192 })
  .refine(isCallbackUrl, { error: "has to be an http(s) address without a password" })
  .meta({ format: "uri" });

const headerText = secret.regex(/^[\x21-\x7e]+$/, { error: "has to be printable ASCII" });

/** Who speaks to the robot, and where the robot's callbacks go. */
export const humanSettings = named(
  "HumanSettings",
  object({
    callbackUrl: callbackUrl
      .nullable()
      .describe("The http or https address of the program. Null until it is set."),
    appSecret: secret.nullable().describe("Signs callbacks as those of an app's robot."),
    outgoingToken: headerText.nullable().describe("The header token of an Outgoing robot."),
    senderNick: text({ min: 1, max: 100 }),
    conversationTitle: text({ min: 1, max: 100 }),
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
      .describe("What the human says; not only white space."),
  }),
);

/** The callback that a human's words caused. */
export const callback = named(
  "Callback",
  z.object({
    state: z.enum(["waiting", "answered", "failed"]),
    url: z.string(),
    headers: texts.describe("sign and token are masked."),
    body: z.string().describe("The JSON text that was sent. Its sessionWebhook works."),
    status: z.int().nullable().describe("The HTTP status; null without an answer."),
    durationMs: z.number().nullable(),
    answerBody: z.string().describe("At most the first 32,768 characters."),
    problem: callbackProblem.nullable(),
  }),
);

function isCallbackUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}
