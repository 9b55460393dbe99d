import { parseDuration } from "../base/duration.ts";
import { didYouMean, UsageError } from "../base/usage-error.ts";
import { parseWebhookUrl } from "../dingtalk/robot.ts";
import { type LogLevel, logLevels } from "../telemetry/log.ts";

/**
 * Turns the text of a variable into a typed value. An unset variable without a default has the
 * empty text.
 *
 * @throws {UsageError} naming the variable, if the text does not stand for a value
 */
export type VariableReader<T> = (text: string, name: string) => T;

/** Reads any text, such as a path, the empty text as undefined. */
export const optionalText: VariableReader<string | undefined> = (text) => text || undefined;

/** Reads comma-separated names, each of them once. */
export const socketNames: VariableReader<readonly string[]> = (text, variable) => {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) continue;
    throw new UsageError(
      `${variable} holds the name '${name}'; a name consists of letters, digits, dots, dashes and underscores`,
    );
  }
  return [...new Set(names)];
};

/** Reads permissions, such as 0666. */
export const octalMode: VariableReader<number> = (text, name) => {
  if (/^0?o?[0-7]{3}$/.test(text)) return Number.parseInt(text.replace("o", ""), 8);
  throw new UsageError(`${name} is '${text}', not an octal mode such as 0666 or 0660`);
};

/** Reads a number of bytes from 1 KiB to 2 GiB - 1. */
export const byteCount: VariableReader<number> = (text, name) => {
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes >= 1024 && bytes < 2 ** 31) return bytes;
  throw new UsageError(`${name} is '${text}', not a number of bytes from 1024 to 2147483647`);
};

/** Reads a Go duration as milliseconds. */
export const durationMs: VariableReader<number> = (text, name) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`${name} is '${text}', not a duration such as 10s or 1m30s`);
};

/**
 * Reads a port, the empty text as undefined. Kubernetes sets `DINGTALK_METRICS_PORT` to an address
 * such as `tcp://10.0.0.1:80` if the namespace has a service named dingtalk-metrics: the address is
 * ignored.
 */
export const optionalPort: VariableReader<number | undefined> = (text, name) => {
  if (text === "" || /^(tcp|udp|sctp):\/\//.test(text)) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new UsageError(`${name} is '${text}', not a port from 1 to 65535`);
};

/** Reads a level of the log, in any letter case. */
export const logLevel: VariableReader<LogLevel> = (text, name) => {
  const level = logLevels.find((known) => known === text.toLowerCase());
  if (level !== undefined) return level;
  const levels = logLevels.join(", ");
  throw new UsageError(`${name} is '${text}', not one of ${levels}${didYouMean(text, logLevels)}`);
};

/** Checks the address of a proxy. It may hold a password, so the text of the error has no value. */
export const proxyUrl: VariableReader<void> = (text, name) => {
  if (!text || parseWebhookUrl(text) !== undefined) return;
  throw new UsageError(`${name} is not an http or https address such as http://proxy:3128`);
};
