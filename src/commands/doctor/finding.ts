import { styleText } from "node:util";
import { printable } from "../printable.ts";

const colours = { problem: "red", warning: "yellow", skipped: "gray", ok: "green" } as const;

/** One result of a check. It never holds a URL, token or secret. */
export interface Finding {
  /** Stable name of the check, for programs. */
  readonly check: string;
  /** How severe the finding is. */
  readonly level: keyof typeof colours;
  /** What the check saw: one clause without a full stop. */
  readonly message: string;
  /** What the reader can do; empty if nothing needs to be done. */
  readonly remedy: string;
}

/** The findings of a check, some of which have to be waited for. */
export type Findings = Iterable<Finding> | AsyncIterable<Finding>;

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

function createReport(level: Finding["level"]): Report {
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

const indent = 9;

/** One line for each finding, then the number of problems and warnings. */
export function toText(findings: readonly Finding[], { columns, hasColors }: Terminal): string {
  const lines = findings.map(({ level, check, message, remedy }) => {
    const start = level.padEnd(indent);
    const text = `${check}: ${message}${remedy === "" ? "" : ` -> ${remedy}`}`;
    const wrapped = columns === undefined ? text : wrap(text, Math.max(columns - indent, 1));
    return (
      (hasColors ? styleText(colours[level], start, { validateStream: false }) : start) + wrapped
    );
  });
  const counts = (["problem", "warning", "skipped"] as const).map((wanted) => {
    const count = findings.filter(({ level }) => level === wanted).length;
    return `${wanted === "skipped" ? wanted : `${wanted}s`}: ${count}`;
  });
  return `${[...lines, counts.join(", ")].join("\n")}\n`;
}

/** Breaks lines at blanks after at most `width` characters. A longer word has a line of its own. */
function wrap(text: string, width: number): string {
  const line = new RegExp(`\\S.{0,${width - 1}}(?= |$)|\\S+`, "g");
  return (text.match(line) ?? []).join(`\n${" ".repeat(indent)}`);
}
