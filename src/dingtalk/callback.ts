import { createHash, timingSafeEqual } from "node:crypto";
import { sign } from "./signature.ts";

/** The headers by which a callback proves that DingTalk sent it; undefined where one is missing. */
export interface CallbackHeaders {
  /** Milliseconds since 1970, as decimal digits. */
  readonly timestamp: string | undefined;
  /** The signature of the timestamp, as Base64. */
  readonly sign: string | undefined;
}

/** What the signature of a callback must satisfy. */
export interface SignatureRules {
  /** The app's Client Secret. */
  readonly secret: string;
  /** The time of day, in milliseconds since 1970. */
  readonly now: number;
  /** How far the timestamp may be before or after `now`, in milliseconds. */
  readonly maxAgeMs: number;
}

/** Whether a callback is signed as it must be, and if not, the first rule that it breaks. */
export type SignatureCheck =
  | { readonly verdict: "ok" | "no-sign" | "timestamp-malformed" | "bad-sign" }
  /** `aheadSeconds` tells how far the timestamp is after our clock. It is negative before it. */
  | { readonly verdict: "stale"; readonly aheadSeconds: number };

/** Bytes of an HMAC-SHA256. */
const signatureBytes = 32;

/**
 * The header `sign` of a callback, as Base64 that is not percent-encoded.
 *
 * @param timestamp the header `timestamp` as it is sent: milliseconds since 1970 as decimal digits
 * @see https://open.dingtalk.com/document/orgapp/receive-message
 */
export function signCallback(timestamp: string, secret: string): string {
  return sign(timestamp, secret);
}

/**
 * Checks the signature of a callback. The signature covers the timestamp and not the body, so it
 * proves nothing about the body: TLS must protect the body.
 *
 * The bytes of both signatures are compared in constant time.
 */
export function checkSignature(
  { timestamp, sign: given }: CallbackHeaders,
  { secret, now, maxAgeMs }: SignatureRules,
): SignatureCheck {
  if (!timestamp || !given) return { verdict: "no-sign" };
  if (!/^[0-9]{1,16}$/.test(timestamp)) return { verdict: "timestamp-malformed" };
  const aheadMs = Number(timestamp) - now;
  if (Math.abs(aheadMs) > maxAgeMs) {
    return { verdict: "stale", aheadSeconds: Math.round(aheadMs / 1000) };
  }
  const expected = Buffer.from(signCallback(timestamp, secret), "base64");
  const bytes = Buffer.from(given, "base64");
  const isRight = bytes.length === signatureBytes && timingSafeEqual(bytes, expected);
  return { verdict: isRight ? "ok" : "bad-sign" };
}

/**
 * Whether the header `token` of an Outgoing robot's callback is the token of its settings. Hashes
 * of both are compared in constant time, so the time tells neither the token nor its length.
 */
export function isTokenRight(given: string | undefined, token: string): boolean {
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
