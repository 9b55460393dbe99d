import * as z from "zod";
import { entry } from "./entries.ts";
import { fault } from "./faults.ts";
import { humanSettings } from "./human.ts";
import { rules } from "./rules.ts";
import { connection } from "./stream.ts";
import { unmatched } from "./unmatched.ts";
import { named, time } from "./values.ts";

/** A robot and all that is set for it. */
export const robotState = named(
  "RobotState",
  z.object({
    token: z.string(),
    isOpened: z
      .boolean()
      .describe("True if the sandbox was not started with this robot: it was made later."),
    rules,
    faults: z.array(fault),
    penaltyEndsAt: time.nullable().describe("Null while the robot is not throttled."),
    monthlyCount: z.int().describe("Messages accepted in the running month, in Shanghai's time."),
    entryCount: z.int().describe("Entries in the room."),
    human: humanSettings,
    connections: z
      .array(connection)
      .describe("Connections that were opened with the Client ID of this robot, oldest first."),
  }),
);

/** A room that was emptied: entries with an id up to `upToId` are gone. */
export const cleared = named("Cleared", z.object({ token: z.string(), upToId: z.string() }));

/** Everything at one moment. */
export const snapshot = named(
  "Snapshot",
  z.object({
    now: time.describe("The sandbox's time, for countdowns."),
    isOpen: z.boolean().describe("True if an unknown token makes a robot."),
    maxEntries: z.int().describe("How many entries the sandbox keeps of each room."),
    unmatched: z.array(unmatched).describe("Requests that found no room."),
    robots: z.array(robotState),
    entries: z
      .array(entry)
      .describe("Of the token asked for, or of all; in the order of their ids."),
  }),
);

/** The body of every failed call. */
export const apiError = named(
  "ApiError",
  z.object({
    errcode: z.int().describe("The HTTP status."),
    errmsg: z.string(),
    field: z.string().exactOptional().describe("Dotted path of the bad value."),
  }),
);
