import { inspect, styleText } from "node:util";
import { isObject, parseJson } from "../base/json.ts";

const colours: Readonly<Record<string, "yellow" | "red">> = {
  warn: "yellow",
  error: "red",
  fatal: "red",
};

/**
 * Makes of each JSON line of the log a line for people: time of day (UTC), level, message, fields.
 *
 * pino-pretty 13.2 does the same, but installs 14 packages beside those of pino.
 */
export function readableLines(hasColors: boolean): (line: string) => string {
  return (line) => {
    const record = parseJson(line);
    if (!isObject(record)) return line;
    const { time, level, msg, version: _version, err, ...fields } = record;
    const inColour = (colour: "gray" | "green" | "yellow" | "red", text: string): string =>
      hasColors ? styleText(colour, text, { validateStream: false }) : text;
    const parts = [
      inColour("gray", String(time).slice(11, 23)),
      inColour(colours[String(level)] ?? "green", String(level).toUpperCase().padEnd(5)),
      String(msg).replace(/\p{Cc}/gu, " "),
      ...Object.entries(fields).map(
        ([name, value]) => inColour("gray", `${name}=`) + toText(value),
      ),
    ];
    return `${parts.join(" ")}\n${isObject(err) ? `${toText(err, 80)}\n` : ""}`;
  };
}

/** Quotes texts, so that no value moves the cursor. */
function toText(value: unknown, breakLength = Number.POSITIVE_INFINITY): string {
  return inspect(value, { breakLength, depth: 9 });
}
