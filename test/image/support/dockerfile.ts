export interface Instruction {
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  /** The text after the name and the flags. */
  readonly text: string;
}

/**
 * Reads a Dockerfile.
 *
 * @throws {Error} for a line that is no instruction and for variables outside RUN
 */
export function parseDockerfile(text: string): Instruction[] {
  return text
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map(parseInstruction);
}

function parseInstruction(line: string): Instruction {
  const match = /^([A-Z]+)\s+((?:--[a-z-]+=\S+\s+)*)(.*)$/.exec(line);
  if (match === null) throw new Error(`no instruction: ${line}`);
  const [, name = "", flags = "", text = ""] = match;
  if (name !== "RUN" && text.includes("$")) throw new Error(`variables are not known: ${line}`);
  const pairs = flags.matchAll(/--([a-z-]+)=(\S+)/g);
  return { name, flags: Object.fromEntries(Array.from(pairs, (pair) => pair.slice(1))), text };
}

export interface Command {
  readonly words: readonly string[];
  /** Whether it is a JSON array, which runs without a shell. */
  readonly isExec: boolean;
}

export function parseCommand(text: string): Command {
  if (text.startsWith("[")) return { words: JSON.parse(text), isExec: true };
  return { words: text.trim().split(/\s+/), isExec: false };
}

/** Reads the NAME=value pairs of ENV and LABEL. */
export function parsePairs(text: string): Record<string, string> {
  const found = Array.from(text.matchAll(/([\w.-]+)=(?:"([^"]*)"|([^\s"]+))(?:\s+|$)/g));
  if (found.map(([all]) => all).join("") !== text) throw new Error(`no pairs: ${text}`);
  return Object.fromEntries(found.map(([, name, quoted, bare]) => [name, quoted ?? bare ?? ""]));
}
