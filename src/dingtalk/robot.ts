import { createHash } from "node:crypto";
import type { Refusal } from "./errcodes.ts";
import { carriesSignature } from "./robot-suspicions.ts";
import { bareHref, signUrl, withoutSignature } from "./signature.ts";

/** A group robot, as its page in DingTalk describes it. */
export interface Robot {
  /** The webhook address. With a secret it holds no `timestamp` and no `sign`. */
  readonly url: URL;
  /** The SEC… string of the security page. Undefined for a robot that checks no signature. */
  readonly secret: string | undefined;
}

/**
 * An absolute http(s) address whose user and password can be decoded, else undefined. Never throws:
 * an error could show the text.
 */
export function parseWebhookUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return undefined;
  return isDecodable(url.username) && isDecodable(url.password) ? url : undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A robot whose address holds no signature if the robot has a secret. */
export function createRobot(url: URL, secret: string | undefined): Robot {
  return { url: secret === undefined ? url : withoutSignature(url), secret };
}

/**
 * The robot's name, which may be seen: the SHA-256, as base64url, of the host and the access token,
 * or of the whole address where there is no token (a session webhook, a private gateway).
 *
 * The same token at another host is another robot: a stand-in of DingTalk's has limits, penalties
 * and a clock of its own.
 */
export function robotName({ url }: Robot): string {
  const token = url.searchParams.get("access_token");
  const secretKey = token ? `${url.host} ${token}` : bareHref(url);
  return createHash("sha256").update(secretKey).digest("base64url");
}

/** The last signed address of each robot. Often several messages go in the same millisecond. */
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

const signatureRefusals = ["timestamp-invalid", "sign-mismatch"];

/**
 * A refusal of the signature with the right remedy: the clock is not to blame where nothing was
 * signed, nor for a signature that was copied into the url.
 */
export function explainSignature(refusal: Refusal, { url, secret }: Robot): Refusal {
  if (secret !== undefined || !signatureRefusals.includes(refusal.reason)) return refusal;
  const remedy = carriesSignature(url)
    ? "the url carries an old timestamp and sign; take them out and set secret"
    : "the component has no secret; set secret to the SEC… string on the robot's security page";
  return { ...refusal, remedy };
}
