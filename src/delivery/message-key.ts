import { hash } from "node:crypto";

/** What makes two calls the same message. */
export interface MessageIdentity {
  /** Component, robot: messages of different ones are never the same. */
  readonly scope: string;
  /** The app's own key, from the message or the call's metadata. */
  readonly appKey: string | undefined;
  readonly json: string;
  readonly traceparent: string | undefined;
}

/** The same text for the same message alone, here and at every replica; a hash, so it may be seen. */
export function keyOf({ scope, appKey, json, traceparent }: MessageIdentity): string {
  // Lengths keep the parts apart: no two different lists of parts are the same text.
  const parts =
    appKey === undefined ? ["body", scope, json, spanOf(traceparent)] : ["key", scope, appKey];
  return hash("sha256", parts.map((part) => `${part.length}:${part}`).join(""), "base64");
}

/** daprd sends zeros where tracing is off. */
function spanOf(traceparent = ""): string {
  return /^[0-9a-f]{2}-0{32}-/.test(traceparent) ? "" : traceparent;
}
