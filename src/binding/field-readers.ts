import { status } from "@grpc/grpc-js";
import { parseDuration } from "../base/duration.ts";
import { isLoopback } from "../base/loopback.ts";
import { Secret } from "../base/secret.ts";
import { BindingError } from "../dapr/errors.ts";
import { dingtalkZone } from "../dingtalk/limits.ts";
import { parseWebhookUrl } from "../dingtalk/robot.ts";
import { parseAllowedHost } from "../dingtalk/session-address.ts";

/** Turns the text of a metadata field into a typed value. */
export interface FieldReader<T> {
  /** The type of the field in the schema of `metadata.yaml`. */
  readonly type: "string" | "number" | "bool" | "duration";
  /** All values of a choice. Undefined if the field is no choice. */
  readonly allowedValues?: readonly string[];
  /**
   * The value that `text` stands for. `text` is not blank and has no white space at its end.
   *
   * @throws {BindingError} of INVALID_ARGUMENT naming the field, if `text` does not stand for a value
   */
  read(text: string, name: string): T;
}

/** The failure of a field whose value cannot be used. The text never quotes the value. */
export function invalidField(name: string, problem: string): BindingError {
  const labels = { reason: "invalid-metadata", after: { field: name } };
  return new BindingError(status.INVALID_ARGUMENT, labels, `metadata field ${name} ${problem}`);
}

/** Reads any text, without the white space around it. */
export const text: FieldReader<string> = { type: "string", read: (value) => value.trim() };

/** Reads a text that no log may show, without the white space around it. */
export const secretText: FieldReader<Secret> = {
  type: "string",
  read: (value) => new Secret(value.trim()),
};

/** Reads one text for each line. An empty line in the middle is an empty text. */
export const lines: FieldReader<readonly string[]> = {
  type: "string",
  read: (value) => value.split(/\r?\n/).map((line) => line.trim()),
};

/** Reads one address of a robot for each line that is not empty. */
export const webhookUrls: FieldReader<readonly URL[]> = {
  type: "string",
  read: (value, name) =>
    lines
      .read(value, name)
      .filter((line) => line !== "")
      .map((line) => {
        const url = parseWebhookUrl(line);
        if (url !== undefined) return url;
        throw invalidField(
          name,
          "is not an absolute http or https address; copy it from the robot's page",
        );
      }),
};

/** What is wrong with an address that {@link parseGatewayUrl} does not take, and what to do. */
export const noGatewayUrl =
  "is not https://HOST, nor http://HOST:PORT of this machine; leave it out for DingTalk's own";

/**
 * The address of a gateway, which gets the app's secret. Only a gateway on this machine may do
 * without TLS. Undefined for any other text.
 */
export function parseGatewayUrl(text: string): URL | undefined {
  const url = parseWebhookUrl(text.trim());
  const isBare = url !== undefined && url.href === `${url.origin}/`;
  return isBare && (url.protocol === "https:" || isLoopback(url.hostname)) ? url : undefined;
}

/** Reads the address of a gateway. */
export const gatewayUrl: FieldReader<URL> = {
  type: "string",
  read(value, name) {
    const url = parseGatewayUrl(value);
    if (url !== undefined) return url;
    throw invalidField(name, noGatewayUrl);
  },
};

/** Reads comma-separated hosts, each as the origin of the addresses that it allows. */
export const sessionHosts: FieldReader<readonly string[]> = {
  type: "string",
  read: (value, name) =>
    value.split(",").flatMap((entry) => {
      if (entry.trim() === "") return [];
      const origin = parseAllowedHost(entry.trim());
      if (origin !== undefined) return [origin];
      throw invalidField(
        name,
        "holds something that is neither HOST nor http://HOST:PORT; write dingtalk.example.com",
      );
    }),
};

/** Reads a Go duration, or a plain number of seconds, as milliseconds. */
export function duration(leastMs = 0, mostMs = Number.POSITIVE_INFINITY): FieldReader<number> {
  return {
    type: "duration",
    read(value, name) {
      const ms = parseDuration(value.trim());
      if (ms !== undefined && ms > mostMs) {
        throw invalidField(name, `is longer than ${mostMs / 60_000} minutes; make it shorter`);
      }
      if (ms !== undefined && ms >= leastMs) return ms;
      throw invalidField(name, "is not a duration such as 5s, 1m30s or 30 (seconds)");
    },
  };
}

/** Reads a whole number from 0 to 9999999. */
export const count: FieldReader<number> = {
  type: "number",
  read(value, name) {
    const digits = value.trim();
    if (/^[0-9]{1,7}$/.test(digits)) return Number(digits);
    throw invalidField(name, "is not a whole number from 0 to 9999999");
  },
};

/** Reads a whole number from 1 to 9999999. */
export const atLeastOne: FieldReader<number> = {
  type: "number",
  read(value, name) {
    const number = count.read(value, name);
    if (number > 0) return number;
    throw invalidField(name, "is 0; set it to 1 or more");
  },
};

/** Reads a whole number of seconds as milliseconds, 0 as undefined. */
export const timeToLive: FieldReader<number | undefined> = {
  type: "number",
  read(value, name) {
    const seconds = count.read(value, name);
    return seconds === 0 ? undefined : seconds * 1000;
  },
};

/** The words that Dapr's own components take for true and for false. */
export const flags = new Map([
  ...["true", "t", "yes", "y", "on", "1"].map((word) => [word, true] as const),
  ...["false", "f", "no", "n", "off", "0"].map((word) => [word, false] as const),
]);

/** Reads true or false, in any letter case. */
export const flag: FieldReader<boolean> = {
  type: "bool",
  read(value, name) {
    const answer = flags.get(value.trim().toLowerCase());
    if (answer !== undefined) return answer;
    throw invalidField(name, "is neither true nor false");
  },
};

/** Reads the name of a time zone. The value is the zone's own spelling of it. */
export const timeZone: FieldReader<string> = {
  type: "string",
  read(value, name) {
    // The default, as almost all components have it: `Intl` takes 8 MB at its first use.
    if (value === dingtalkZone) return value;
    try {
      return new Intl.DateTimeFormat("en", { timeZone: value.trim() }).resolvedOptions().timeZone;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw invalidField(name, "is not the name of a time zone such as Asia/Shanghai or UTC");
    }
  },
};

/** Reads one of the given words, in any letter case. */
export function choice<const T extends string>(...allowedValues: readonly T[]): FieldReader<T> {
  return {
    type: "string",
    allowedValues,
    read(value, name) {
      const word = value.trim().toLowerCase();
      const found = allowedValues.find((allowed) => allowed === word);
      if (found !== undefined) return found;
      throw invalidField(name, `is none of ${allowedValues.join(", ")}`);
    },
  };
}

/** Reads `host:port`, `host` or `[IPv6]:port`. The port is 6379 if the text has none. */
export const redisAddress: FieldReader<{ readonly host: string; readonly port: number }> = {
  type: "string",
  read(value, name) {
    const pattern = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?$/;
    const [, ip, hostName, digits = "6379"] = pattern.exec(value.trim()) ?? [];
    const [host, port] = [ip ?? hostName, Number(digits)];
    if (host !== undefined && port >= 1 && port <= 65535) return { host, port };
    throw invalidField(name, "is not one Redis as host:port, such as redis:6379");
  },
};
