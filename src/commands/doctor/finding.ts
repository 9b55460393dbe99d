/** How much a finding matters. */
export type Level = "problem" | "warning" | "ok";

/** One thing that a check has to say. No URL, token or secret is ever part of it. */
export interface Finding {
  /** Stable word of the check that found it, for programs. */
  readonly check: string;
  readonly level: Level;
  /** What was seen: one clause, no full stop. */
  readonly message: string;
  /** What the reader can do about it; empty where nothing need be done. */
  readonly remedy: string;
}

/** Something is wrong, and the doctor exits with 1. */
export function problem(check: string, message: string, remedy: string): Finding {
  return { check, level: "problem", message, remedy };
}

/** Worth a look; may well be meant so. */
export function warning(check: string, message: string, remedy: string): Finding {
  return { check, level: "warning", message, remedy };
}

/** As it should be, or why it could not be checked. */
export function ok(check: string, message: string): Finding {
  return { check, level: "ok", message, remedy: "" };
}
