import { type Logger, type LoggerOptions, pino } from "pino";
import { LogOutput } from "./log-output.ts";

/** Accepted values of `LOG_LEVEL`. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** Creates the log: JSON lines on standard output, errors without their messages. */
export function createLog(level: LogLevel, version: string, output = new LogOutput()): Logger {
  const options: LoggerOptions = {
    level,
    base: { version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  const log = pino(options, output);
  output.onRecovered = (lines) =>
    log.warn({ lines }, "log lines were lost, they could not be written");
  return log;
}

/**
 * Describes an error and its causes by name, code and stack, without their messages: messages of
 * Node and of libraries quote what they could not read, such as a URL or a piece of a message.
 *
 * @param seen the errors that led to this one, to which a chain of causes may lead back
 */
export function describeError(error: unknown, seen = new Set<unknown>()): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  seen.add(error);
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const hasCause = error.cause !== undefined && !seen.has(error.cause);
  const cause = hasCause ? { cause: describeError(error.cause, seen) } : {};
  const stack = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { type: error.name, ...code, stack: stack.map((line) => line.trim()), ...cause };
}
