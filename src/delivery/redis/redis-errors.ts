import { errorCodeOf } from "../../base/error-code.ts";

/** Redis's words for a state in which it can serve nobody. Redis 6 quotes them in a script's error. */
const cannotServe =
  /\b(?:READONLY|OOM|MISCONF|NOREPLICAS|LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|NOAUTH|NOPERM)\b/;

/** Whether Redis answered with an error that comes from what the script was given. */
export function isScriptFailure(error: unknown): boolean {
  const text = error instanceof Error ? error.message : "";
  return /^(?:ERR|WRONGTYPE) /.test(text) && !cannotServe.test(text);
}

/** Such as `ECONNREFUSED`, `WRONGPASS`, `TimeoutError`. Never the text, which may quote an address. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return errorCodeOf(error, /^[A-Z]+(?= )/.exec(error.message)?.[0] ?? error.name);
}
