import * as z from "zod";
import { isObject } from "../../../src/base/json.ts";
import { integer, named, object, oneOf, text } from "./values.ts";

/** A fault without values: its type and what it does. */
function plain<const Type extends string>(type: Type, does: string) {
  return object({ type: z.literal(type).describe(does) });
}

/** One row per fault: what the fault does is the description of its type. */
const effects = [
  object({
    type: z.literal("errcode").describe("The robot answers with this errcode."),
    errcode: integer(-1_000_000_000, 1_000_000_000),
    errmsg: text().exactOptional().describe("Default: the usual text of the errcode."),
  }),
  object({
    type: z.literal("http-status").describe("The answer has this status and an empty body."),
    status: integer(400, 599),
  }),
  object({ type: z.literal("html").describe("The gateway's HTML page, with HTTP 200.") }),
  object({
    type: z.literal("delay").describe("The robot judges as usual and answers late."),
    delayMs: integer(0, 600_000),
  }),
  object({ type: z.literal("hang").describe("No answer, no delivery.") }),
  object({ type: z.literal("reset").describe("The connection is reset, no delivery.") }),
  object({
    type: z.literal("truncated").describe("The robot judges as usual; its answer breaks off."),
  }),
  object({ type: z.literal("redirect").describe("The answer is HTTP 302.") }),
  object({
    type: z
      .literal("lost-answer")
      .describe("The robot judges as usual; the connection closes without an answer."),
  }),
  plain("session-expired", "A sessionWebhook is answered as if it had expired."),
  object({
    type: z.literal("open-status").describe("A request for a connection is refused."),
    answer: oneOf(["401", "400", "400-ua", "403", "429", "503", "html"]).describe(
      "The HTTP status. 400-ua names ua as the reason; html is a proxy's page with status 400.",
    ),
  }),
  plain("open-hang", "A request for a connection gets no answer."),
  object({
    type: z.literal("handshake-status").describe("The upgrade is refused with this status."),
    status: integer(400, 599),
  }),
  plain("handshake-hang", "The upgrade gets no answer."),
  plain("ticket-expired", "The upgrade is refused with 401, as if the ticket had expired."),
  plain("early-frame", "A message is said and pushed together with the answer to the upgrade."),
  plain("no-pong", "From the next message on, the connection is silent: no frame, no pong."),
  plain("zombie", "From the next message on, the connection answers pings and delivers nothing."),
  plain("cut", "The connection is reset in place of the message."),
  plain("cut-after-frame", "The connection is reset right after the message."),
  plain("disconnect", "A disconnect frame follows the message."),
  object({
    type: z.literal("garbage").describe("A frame that no client expects precedes the message."),
    garbage: oneOf(["no-json", "no-message-id", "binary", "data-no-json", "2-mib"]),
  }),
  plain("duplicate", "The message is pushed twice, with two messageIds."),
  object({
    type: z.literal("slow").describe("The frame of the message comes this much later."),
    delayMs: integer(0, 600_000),
  }),
] as const;

const effectTypes = effects.map(({ shape }) => shape.type.value);

/** What a fault does to a request. */
export const faultEffect = named(
  "FaultEffect",
  z.discriminatedUnion("type", effects, {
    error: ({ code }) =>
      code === "invalid_union"
        ? `has to be one of ${effectTypes.join(", ")}`
        : "has to be a JSON object",
  }),
);

/** A fault with exactly one of `next` and `share`. */
export const fault = named(
  "Fault",
  object({
    effect: faultEffect,
    next: integer(1, 1_000_000)
      .exactOptional()
      .describe("The fault hits this many more requests, then it is gone."),
    hits: oneOf(["message", "reply"])
      .exactOptional()
      .describe(
        "Which requests the faults of requests hit: message is /robot/send, the default; reply is /robot/sendBySession. Other faults know by themselves what they hit.",
      ),
    share: z
      .number({ error: "has to be above 0 and up to 1" })
      .gt(0, { error: "has to be above 0 and up to 1" })
      .max(1, { error: "has to be above 0 and up to 1" })
      .exactOptional()
      .describe("The fault hits this share of all requests."),
  })
    .refine(({ next, share }) => (next === undefined) !== (share === undefined), {
      error: "needs either next or share",
      when: ({ value }) => isObject(value),
    })
    .meta({ oneOf: [{ required: ["next"] }, { required: ["share"] }] }),
  "A fault for the next requests or for a share of them. The first fault of the list that applies is taken.",
);
