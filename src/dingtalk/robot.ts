import { createHash } from "node:crypto";
import { bareHref, signUrl, withoutSignature } from "./signature.ts";

/** A group robot, as its page in DingTalk describes it. */
export interface Robot {
  /** The webhook address. With a secret it holds no `timestamp` and no `sign`. */
  readonly url: URL;
  /** The SEC… string of the security page; absent for a robot that checks no signature. */
  readonly secret: string | undefined;
}

/** An absolute http(s) address, or undefined. Never throws: the text may be a secret. */
export function parseWebhookUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" || url?.protocol === "http:" ? url : undefined;
}

export function createRobot(url: URL, secret: string | undefined): Robot {
  return { url: secret === undefined ? url : withoutSignature(url), secret };
}

/**
 * What makes two addresses the same robot: the access token, or the whole address where there is
 * none (a session webhook, a private gateway). It is as secret as the address itself.
 */
export function robotKey({ url }: Robot): string {
  return url.searchParams.get("access_token") || bareHref(url);
}

/** A name for a robot's key that may be seen: its hash. */
export function robotName(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}

/** The last of each robot: where many messages go, several go in the same millisecond. */
const signedAddresses = new WeakMap<Robot, { timestampMs: number; url: URL }>();

/**
 * Where to post: the robot's address, signed for the moment if it has a secret.
 *
 * @param nowMs milliseconds since 1970
 */
export function addressOf(robot: Robot, nowMs: number): URL {
  if (robot.secret === undefined) return robot.url;
  const last = signedAddresses.get(robot);
  if (last?.timestampMs === nowMs) return last.url;
  const url = signUrl(robot.url, robot.secret, nowMs);
  signedAddresses.set(robot, { timestampMs: nowMs, url });
  return url;
}
