/** How severe a finding is. */
export type Level = "problem" | "warning" | "ok";

/** One result of a check. It never holds a URL, token or secret. */
export interface Finding {
  /** Stable name of the check, for programs. */
  readonly check: string;
  readonly level: Level;
  /** What the check saw: one clause without a full stop. */
  readonly message: string;
  /** What the reader can do; empty if nothing needs to be done. */
  readonly remedy: string;
}

/** A finding that makes the doctor exit with 1. */
export function problem(check: string, message: string, remedy: string): Finding {
  return { check, level: "problem", message, remedy };
}

/** A finding that may be intended. */
export function warning(check: string, message: string, remedy: string): Finding {
  return { check, level: "warning", message, remedy };
}

/** A finding that all is well, or that something could not be checked. */
export function ok(check: string, message: string): Finding {
  return { check, level: "ok", message, remedy: "" };
}
