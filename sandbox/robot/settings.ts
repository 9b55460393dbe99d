import { messagesPerMinute } from "../../src/dingtalk/limits.ts";
import type { Rules } from "../api/types.ts";
import { defaultPenaltySeconds } from "./throttle.ts";

type RulesWithoutNull = { readonly [Name in keyof Rules]?: NonNullable<Rules[Name]> };

/** A robot by its token and its rules. An absent rule has its default. */
export interface RobotSettings extends RulesWithoutNull {
  /** The `access_token` of the robot's webhook address. */
  readonly token: string;
  /** What an app robot has in place of an address: its program connects with these. */
  readonly app?: { readonly clientId: string; readonly clientSecret: string };
}

/** The robots of a sandbox without `--robot`: one without and one with a signature. */
export const defaultRobots: readonly RobotSettings[] = [
  { token: "sandbox" },
  { token: "signed", secret: "SECsandbox" },
];

/** The rules of a robot with all defaults. */
export function toRules(settings: RobotSettings): Rules {
  return {
    secret: settings.secret ?? null,
    keywords: settings.keywords ?? [],
    allowedIps: settings.allowedIps ?? [],
    messagesPerMinute: settings.messagesPerMinute ?? messagesPerMinute,
    penaltySeconds: settings.penaltySeconds ?? defaultPenaltySeconds,
    monthlyQuota: settings.monthlyQuota ?? null,
    generation: settings.generation ?? "d",
  };
}

/** The settings of a robot with these rules: a rule that is null is absent. */
export function toSettings(token: string, rules: Rules): RobotSettings {
  const { secret, monthlyQuota, ...others } = rules;
  return {
    token,
    ...others,
    ...(secret !== null && { secret }),
    ...(monthlyQuota !== null && { monthlyQuota }),
  };
}
