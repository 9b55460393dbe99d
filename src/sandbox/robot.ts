import type { Generation } from "./answers.ts";

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
  /** How its error texts are worded; the newest generation by default. */
  readonly generation?: Generation;
}

/** What the sandbox plays when nobody names a robot: one without and one with a signature. */
export const defaultRobots: readonly RobotSettings[] = [
  { token: "sandbox" },
  { token: "signed", secret: "SECsandbox" },
];
