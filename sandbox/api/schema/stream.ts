import * as z from "zod";
import { named, time } from "./values.ts";

/** A connection that a robot's program has opened. */
export const connection = named(
  "Connection",
  z.object({
    id: z.string(),
    openedAt: time,
    state: z
      .enum(["open", "disconnecting"])
      .describe("disconnecting: a disconnect frame was sent, and nothing more is delivered."),
    getsMessages: z.boolean().describe("True if it subscribed to messages to the robot."),
    subscriptions: z.array(z.string()).describe("Type and topic of each, such as EVENT *."),
    ua: z.string().describe("How the program names itself; may be empty."),
    remoteAddress: z.string(),
  }),
  "A connection that a robot's program has opened.",
);
