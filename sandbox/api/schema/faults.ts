import * as z from "zod";
import { isObject } from "../../../src/base/json.ts";
import { integer, named, object, text } from "./values.ts";

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
