import { hash } from "node:crypto";

/** What makes two calls the same message. */
export interface MessageIdentity {
  /** The component and its addresses. Messages of different scopes are never the same. */
  readonly scope: string;
  /** The app's own key, from the message or the call's metadata. */
  readonly appKey: string | undefined;
  readonly json: string;
  readonly traceparent: string | undefined;
}

/**
 * The key of a message, the same at every replica: a hash, which may be seen. Different messages
 * have different keys.
 */
export function keyOf({ scope, appKey, json, traceparent }: MessageIdentity): string {
  // The lengths keep the parts apart, so that different lists never make the same text.
  const parts =
    appKey === undefined ? ["body", scope, json, spanOf(traceparent)] : ["key", scope, appKey];
  return hash("sha256", parts.map((part) => `${part.length}:${part}`).join(""), "base64");
}

/** daprd sends zeros where tracing is off. */
function spanOf(traceparent = ""): string {
  return /^[0-9a-f]{2}-0{32}-/.test(traceparent) ? "" : traceparent;
}
