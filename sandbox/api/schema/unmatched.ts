import * as z from "zod";
import { named, oneOf, time } from "./values.ts";

/** The requests with one token or Client ID that found no room. */
export const unmatched = named(
  "Unmatched",
  z.object({
    id: z.string(),
    via: oneOf(["robot-send", "session-webhook", "stream-open", "stream-secret", "stream-mode"]),
    token: z
      .string()
      .nullable()
      .describe(
        "For stream-open, stream-secret and stream-mode, the Client ID. Null without access_token, and for a session webhook. A token of DingTalk's own shape, 64 hexadecimal digits, is masked behind the sixth.",
      ),
    count: z.int().describe("How many requests there were."),
    lastAt: time.describe("When the last of them arrived."),
    errcode: z.int().describe("What the last of them was answered; for a stream, the HTTP status."),
    errmsg: z.string(),
  }),
  "The requests with one token or Client ID that found no room.",
);
