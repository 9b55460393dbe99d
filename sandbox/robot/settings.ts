import type { Rules } from "../api/types.ts";
import type { Generation } from "./answers.ts";
import { defaultMessagesPerMinute, defaultPenaltySeconds } from "./throttle.ts";

/** A robot that the sandbox plays. */
export interface RobotSettings {
  /** The `access_token` of its webhook address. */
  readonly token: string;
  /** The key of its signature; absent where the robot asks for none. */
  readonly secret?: string;
  /** A message has to hold one of them; none by default. */
  readonly keywords?: readonly string[];
  /** Messages within any 60 seconds; 20 by default. */
  readonly messagesPerMinute?: number;
  /** After one message too many, for so long none passes; 600 by default, 0 for no penalty. */
  readonly penaltySeconds?: number;
  /** IPv4 addresses and CIDR blocks that may send; all by default. */
  readonly allowedIps?: readonly string[];
  /** Messages it accepts in a month; no limit by default. */
  readonly monthlyQuota?: number;
  /** How its error texts are worded; the newest generation by default. */
  readonly generation?: Generation;
}

/** What the sandbox plays when nobody names a robot: one without and one with a signature. */
export const defaultRobots: readonly RobotSettings[] = [
  { token: "sandbox" },
  { token: "signed", secret: "SECsandbox" },
];

/** What DingTalk's page for robots takes. */
export const maxKeywords = 10;

/** The settings with all their defaults. */
export function toRules(settings: RobotSettings): Rules {
  return {
    secret: settings.secret ?? null,
    keywords: settings.keywords ?? [],
    allowedIps: settings.allowedIps ?? [],
    messagesPerMinute: settings.messagesPerMinute ?? defaultMessagesPerMinute,
    penaltySeconds: settings.penaltySeconds ?? defaultPenaltySeconds,
    monthlyQuota: settings.monthlyQuota ?? null,
    generation: settings.generation ?? "d",
  };
}

/** The other way round. */
export function toSettings(token: string, rules: Rules): RobotSettings {
  const { secret, monthlyQuota, ...others } = rules;
  return {
    token,
    ...others,
    ...(secret !== null && { secret }),
    ...(monthlyQuota !== null && { monthlyQuota }),
  };
}
