import { didYouMean, UsageError } from "../src/base/usage-error.ts";
import { maxKeywords } from "./api/schema/rules.ts";
import type { RobotSettings } from "./robot/settings.ts";

const knownKeys = ["token", "secret", "keyword", "messagesPerMinute", "clientId", "clientSecret"];

/**
 * Reads the values of `--robot`, each `token=T,secret=S,keyword=K`. Values hold no commas.
 *
 * @throws {UsageError} for values that cannot be understood; its text repeats none, as they may be secrets
 */
export function parseRobots(values: readonly string[]): RobotSettings[] {
  const robots = values.map(parseRobot);
  const tokens = new Set(robots.map(({ token }) => token));
  if (tokens.size < robots.length) throw new UsageError("two --robot have the same token");
  return robots;
}

function parseRobot(value: string): RobotSettings {
  const pairs = value.split(",").map(parsePair);
  const valuesOf = (wanted: string) =>
    pairs.filter(({ key }) => key === wanted).map(({ value }) => value);
  const onlyValueOf = (wanted: string): string | undefined => {
    const [only, ...others] = valuesOf(wanted);
    if (others.length > 0) throw new UsageError(`--robot takes one ${wanted}`);
    return only;
  };
  const [token, secret] = [onlyValueOf("token"), onlyValueOf("secret")];
  const keywords = valuesOf("keyword");
  if (token === undefined) throw new UsageError("--robot needs a token, such as token=T");
  if (keywords.length > maxKeywords) {
    throw new UsageError(`--robot takes at most ${maxKeywords} keywords`);
  }
  const messagesPerMinute = parseLimit(onlyValueOf("messagesPerMinute"));
  const app = parseApp(onlyValueOf("clientId"), onlyValueOf("clientSecret"));
  return { token, keywords, ...messagesPerMinute, ...app, ...(secret !== undefined && { secret }) };
}

function parseApp(
  clientId: string | undefined,
  clientSecret: string | undefined,
): Pick<RobotSettings, "app"> {
  if (clientId === undefined && clientSecret === undefined) return {};
  if (clientId === undefined || clientSecret === undefined) {
    throw new UsageError("--robot takes clientId and clientSecret together");
  }
  return { app: { clientId, clientSecret } };
}

function parseLimit(text: string | undefined): Pick<RobotSettings, "messagesPerMinute"> {
  if (text === undefined) return {};
  if (/^[1-9]\d{0,8}$/.test(text)) return { messagesPerMinute: Number(text) };
  throw new UsageError("--robot takes a number of at least 1 for messagesPerMinute");
}

function parsePair(pair: string): { key: string; value: string } {
  const [key = "", ...rest] = pair.split("=");
  const value = rest.join("=");
  if (rest.length === 0) {
    throw new UsageError("--robot takes key=value pairs with commas between them");
  }
  if (!knownKeys.includes(key)) {
    throw new UsageError(`--robot has an unknown key ${key}${didYouMean(key, knownKeys)}`);
  }
  if (value === "") throw new UsageError(`--robot has an empty ${key}`);
  return { key, value };
}
