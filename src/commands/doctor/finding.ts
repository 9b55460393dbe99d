import { printable } from "../printable.ts";

/** How severe a finding is. */
export type Level = "problem" | "warning" | "skipped" | "ok";

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
  return createFinding("problem", check, message, remedy);
}

/** A finding that may be intended. */
export function warning(check: string, message: string, remedy: string): Finding {
  return createFinding("warning", check, message, remedy);
}

/** A finding that something was not looked at. It says nothing about whether all is well. */
export function skipped(check: string, message: string, remedy = ""): Finding {
  return createFinding("skipped", check, message, remedy);
}

/** A finding that the check looked, and all is well. */
export function ok(check: string, message: string): Finding {
  return createFinding("ok", check, message, "");
}

function createFinding(level: Level, check: string, message: string, remedy: string): Finding {
  return { check, level, message: printable(message), remedy: printable(remedy) };
}
