import type { Logger } from "pino";
import type { BindingInit, InvokeRequest } from "../dapr/binding.ts";
import { suspicionsOf } from "../dingtalk/robot-suspicions.ts";
import { emptyFields, fieldsOfOtherModes, robotFields, unknownFields } from "./component-config.ts";
import { nearMisses } from "./near-misses.ts";

/** Logs what is odd about the metadata of a component. */
export function warnOfProperties(properties: BindingInit["properties"], log: Logger): void {
  warnOfUnknownFields(properties, log);
  warnOfSuspicions(properties, log);
  warnOfEmptyFields(properties, log);
  warnOfOtherModes(properties, log);
}

/** Logs each metadata field that has no meaning, with the known field that is near to it, if any. */
function warnOfUnknownFields(properties: BindingInit["properties"], log: Logger): void {
  for (const { field, nearest } of unknownFields(properties)) {
    log.warn({ field, nearest }, "unknown metadata field ignored");
  }
}

/** Logs each field that is empty: without its secret, a component sends unsigned messages. */
function warnOfEmptyFields(properties: BindingInit["properties"], log: Logger): void {
  for (const field of emptyFields(properties)) {
    log.warn(
      { field },
      "metadata field is empty and counts as absent; if it has a secretKeyRef, its secret could not be read",
    );
  }
}

/** Logs each field that is set and means nothing, because `receive` names another mode. */
function warnOfOtherModes(properties: BindingInit["properties"], log: Logger): void {
  for (const field of fieldsOfOtherModes(properties)) {
    log.warn({ field }, "metadata field has no meaning with this value of receive");
  }
}

/** Logs what is odd about the robots' addresses and secrets. No line holds a part of a value. */
function warnOfSuspicions(properties: BindingInit["properties"], log: Logger): void {
  for (const { code, field, message, remedy } of suspicionsOf(robotFields(properties))) {
    log.warn({ field, code }, `${message}; ${remedy}`);
  }
}

/** How many misspelled keys of calls are warned of. Calls bring their keys from outside. */
const maxWarnedKeys = 100;

/** Logs once each key of the metadata of calls that looks like a known one. Adds it to `warned`. */
export function warnOfNearMisses(
  metadata: InvokeRequest["metadata"],
  { log, warned }: { readonly log: Logger; readonly warned: Set<string> },
): void {
  for (const { key, nearest } of nearMisses(metadata)) {
    if (warned.has(key) || warned.size >= maxWarnedKeys) continue;
    warned.add(key);
    log.warn(
      { field: key, nearest },
      "unknown metadata of a call ignored, did you mean the nearest?",
    );
  }
}

/** Logs that two components for the input direction have one `id`. */
export function warnOfSharedId(id: string, log: Logger): void {
  log.warn(
    { id },
    "another component reads under the same id; give each its own, or get may reach the wrong app",
  );
}
