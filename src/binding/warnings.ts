import type { Logger } from "pino";
import type { BindingInit } from "../dapr/binding.ts";
import { unknownFields } from "./component-config.ts";

/** Logs each metadata field that has no meaning, with the known field that is nearest to it. */
export function warnOfUnknownFields(properties: BindingInit["properties"], log: Logger): void {
  for (const { field, nearest } of unknownFields(properties)) {
    log.warn({ field, nearest }, "unknown metadata field ignored, did you mean the nearest?");
  }
}

/** Logs that two components for the input direction have one `id`. */
export function warnOfSharedId(id: string, log: Logger): void {
  log.warn(
    { id },
    "another component reads under the same id; give each its own, or get may reach the wrong app",
  );
}
