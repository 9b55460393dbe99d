import * as z from "zod";
import { faultEffect } from "./faults.ts";
import { callback } from "./human.ts";
import { explanation, lint } from "./remarks.ts";
import { jsonObject, named, oneOf, texts, time } from "./values.ts";

/** `message`: from a sender; `human`: typed on the page; `reply`: the answer to a human. */
export const entryKind = oneOf(["message", "human", "reply"]);

/**
 * `accepted`: the message is in the group. `refused`: DingTalk would refuse it. `faulted`: a fault
 * kept it out of the group.
 */
export const outcome = oneOf(["accepted", "refused", "faulted"]);

/** How one request was judged. */
const judgement = {
  receivedAt: time.describe("When the request arrived; of several requests the first."),
  outcome,
  errcode: z.int().nullable().describe("Null if no errcode was answered."),
  errmsg: z.string(),
  explanation: explanation.nullable().describe("Null unless the request was refused."),
  fault: faultEffect
    .nullable()
    .describe("The fault that hit the request. A request with a fault may be accepted."),
};

/** One of several requests with the same `msgUuid`. */
export const attempt = named(
  "Attempt",
  z.object({
    ...judgement,
    isRepeat: z.boolean().describe("True if the request was answered ok and not shown again."),
  }),
  "One of several requests with the same msgUuid.",
);

/** How a request came. */
export const requestFacts = named(
  "RequestFacts",
  z.object({
    method: z.string(),
    path: z.string(),
    query: z
      .array(z.tuple([z.string(), z.string()]))
      .describe("Names and values in order, decoded. access_token, sign and session are masked."),
    headers: texts.describe("Lower-case names. Secrets are masked."),
    remoteAddress: z.string(),
  }),
);

const notPinged = named(
  "NotPinged",
  z.object({
    kind: z.enum(["mobile", "userId", "dingtalkId", "all"]),
    value: z.string().describe("The number or id; all if everybody was meant."),
    reason: z.enum(["not-in-text", "over-limit", "unsupported-msgtype"]),
  }),
  "Somebody in at who is not pinged.",
);

/** Whom a message pings. */
export const mentions = named(
  "Mentions",
  z.object({
    mobiles: z.array(z.string()),
    userIds: z.array(z.string()),
    // The data file of an older sandbox lacks them.
    dingtalkIds: z.array(z.string()).default([]),
    all: z.boolean(),
    notPinged: z.array(notPinged),
  }),
  "Whom a message pings: who is in at and, in Markdown, as @… in the text.",
);

/** One thing that happened in a room. An entry with a known `id` replaces the older one. */
export const entry = named(
  "Entry",
  z.object({
    id: z
      .string()
      .regex(/^\d{1,15}$/)
      .describe("A decimal number that counts up over all rooms: the order within a room."),
    token: z.string(),
    kind: entryKind,
    via: z.enum(["robot-send", "session-webhook", "http-answer", "page"]),
    ...judgement,
    why: z
      .string()
      .nullable()
      .describe("The explanation or the fault as a plain English sentence."),
    message: jsonObject
      .nullable()
      .describe("Null if the body is no JSON object or has more than 32,768 bytes."),
    body: z.string().describe("Decoded as UTF-8; at most the first 32,768 characters."),
    bodyBytes: z.int(),
    request: requestFacts
      .nullable()
      .describe("Null for a reply in an HTTP answer and for what a human said."),
    msgUuid: z.string().nullable(),
    attempts: z
      .array(attempt)
      .describe("All requests with this msgUuid, oldest first, at most the last 100."),
    lint: z.array(lint).describe("Warnings about a message that was accepted."),
    mentions,
    replyTo: z.string().nullable().describe("The id of the human's entry that a reply answers."),
    callback: callback.nullable().describe("Null unless a human's words caused a callback."),
  }),
  "One thing that happened in a robot's room.",
);

/** An accepted message, from a sender or as a reply. Nothing in it is masked. */
export const receivedMessage = named(
  "ReceivedMessage",
  z.object({
    id: z.string(),
    token: z.string(),
    receivedAt: time,
    message: jsonObject,
    query: texts.describe("Of two equal parameters the first."),
    headers: texts,
  }),
  "An accepted message. Nothing in it is masked.",
);
