import { type Logger, pino } from "pino";

/** Accepted values of `LOG_LEVEL`. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogLevel = (typeof logLevels)[number];

/** JSON lines on standard output. */
export function createLog(level: LogLevel, version: string): Logger {
  return pino({
    level,
    base: { version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  });
}

/**
 * An error without its message: texts of Node and of libraries quote what they could not
 * understand, be it a URL or a piece of a message. Name, code and place lead to it all the same.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  const stack = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { type: error.name, ...code, stack: stack.map((line) => line.trim()), ...cause };
}
