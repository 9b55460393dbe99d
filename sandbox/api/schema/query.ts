import * as z from "zod";
import { entryKind, outcome } from "./entries.ts";

const token = z.string().optional().describe("Only this robot. Default: all robots.");
const contains = z.string().optional().describe("A piece of a text, in any letter case.");
const reveal = z.string().optional().describe("1 shows secrets.");

/** A number in the query, both bounds included. */
function number(min: number, max: number) {
  const error = `has to be a number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }));
}

/** The query of calls that read none. */
export const noQuery = z.object({});

/** Chooses a room. */
export const roomQuery = z.object({ token });

/** Chooses messages. */
export const messageQuery = z.object({ token, contains });

/** Chooses messages and says how many of them to wait for, and how long. */
export const waitQuery = z.object({
  token,
  contains,
  count: number(1, 1000).default(1).describe("How many messages there have to be."),
  timeout: number(0, 300).default(10).describe("In seconds."),
});

/** Asks for secrets. */
export const revealQuery = z.object({ reveal });

/** Chooses entries. */
export const entryQuery = z.object({
  token,
  contains,
  kind: entryKind.optional().describe("Only entries of this kind."),
  outcome: outcome.optional().describe("Only entries with this outcome."),
  limit: number(1, 1_000_000).optional().describe("Only the newest entries, this many."),
  reveal,
});
