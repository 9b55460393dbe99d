import * as z from "zod";
import { messagesPerMinute } from "../../../src/dingtalk/limits.ts";
import { mask } from "../masking.ts";
import { integer, list, named, object, oneOf, text } from "./values.ts";

/** The most keywords that DingTalk's page for robots takes. */
export const maxKeywords = 10;

/** The text of a secret. The mask is refused: a page that saves what it shows would destroy it. */
export const secret = text({ min: 1 }).refine((value) => value !== mask, {
  error: "is the mask of a secret",
});

const addressRange = z.union([z.ipv4(), z.cidrv4()], {
  error: "has to be an IPv4 address or a block such as 10.0.0.0/8",
});

/** How a robot judges messages. */
export const rules = named(
  "Rules",
  object({
    secret: secret.nullable().describe("Null if the robot asks for no signature."),
    keywords: list(text({ min: 1, max: 100 }), maxKeywords).describe(
      "A message has to hold one of the keywords. An empty list accepts every message.",
    ),
    allowedIps: list(addressRange, 100).describe(
      "IPv4 addresses and CIDR blocks that may send. An empty list allows every address.",
    ),
    messagesPerMinute: integer(1, 1_000_000_000).describe(
      `Messages that the robot accepts in any 60 seconds. Default: ${messagesPerMinute}.`,
    ),
    penaltySeconds: integer(0, 86_400).describe(
      "How long the robot refuses every message after one message too many. Default: 600. 0 turns the penalty off.",
    ),
    monthlyQuota: integer(0, 1_000_000_000)
      .nullable()
      .describe("Messages that the robot accepts in a month. Null if there is no limit."),
    generation: oneOf(["a", "b", "c", "d"]).describe(
      "The wording of error texts; d is the newest and the default.",
    ),
  }),
  "How a robot judges messages.",
);

/** Rules to change. */
export const rulesPatch = named(
  "RulesPatch",
  rules.exactPartial(),
  "An absent field stays as it is.",
);
