import { type Colour, paint, wrap } from "../../base/paint.ts";
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

/** Writes a finding as it is printed: `check: message -> remedy`. */
type Report = (texts: TemplateStringsArray, ...values: readonly unknown[]) => Finding;

/** A finding that makes the doctor exit with 1. */
export const problem = createReport("problem");

/** A finding that may be intended. */
export const warning = createReport("warning");

/** A finding that something was not looked at. It says nothing about whether all is well. */
export const skipped = createReport("skipped");

/** A finding that the check looked, and all is well. */
export const ok = createReport("ok");

function createReport(level: Level): Report {
  return (texts, ...values) => {
    // The parts are told apart before the values come in, which may hold anything.
    const parts = /^(.*?): (.*?)(?: -> (.*))?$/s.exec(texts.join("\0"))?.slice(1) ?? [];
    const rest = [...values];
    const [check = "", message = "", remedy = ""] = parts.map((part = "") =>
      printable(part.replaceAll("\0", () => String(rest.shift()))),
    );
    return { check, level, message, remedy };
  };
}

/** What is known of the terminal. */
export interface Terminal {
  /** Undefined if the output is no terminal. Then no line is wrapped. */
  readonly columns: number | undefined;
  readonly hasColors: boolean;
}

const colours: Readonly<Record<Level, Colour>> = {
  problem: "red",
  warning: "yellow",
  skipped: "gray",
  ok: "green",
};

/** One line for each finding, then the number of problems and warnings. */
export function toText(findings: readonly Finding[], { columns, hasColors }: Terminal): string {
  const indent = 9;
  const lines = findings.map(({ level, check, message, remedy }) => {
    const start = level.padEnd(indent);
    const line = `${start}${check}: ${message}${remedy === "" ? "" : ` -> ${remedy}`}`;
    const wrapped = columns === undefined ? line : wrap(line, { columns, indent });
    const rest = wrapped.slice(start.length);
    return hasColors ? paint(colours[level], start) + rest : wrapped;
  });
  const counts = (["problem", "warning", "skipped"] as const).map((wanted) => {
    const count = findings.filter(({ level }) => level === wanted).length;
    return `${wanted === "skipped" ? wanted : `${wanted}s`}: ${count}`;
  });
  return `${[...lines, counts.join(", ")].join("\n")}\n`;
}
