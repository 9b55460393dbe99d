import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { BindingInit } from "../dapr/binding.ts";
import type { Readers } from "../dapr/readers.ts";
import { suspicionsOf } from "../dingtalk/robot-suspicions.ts";
import { robotFields, unknownFields } from "./component-config.ts";

/** Time for daprd to end the Read streams of an old configuration when it reloads a component. */
const reloadMs = 1000;

/** Logs each metadata field that has no meaning, with the known field that is nearest to it. */
export function warnOfUnknownFields(properties: BindingInit["properties"], log: Logger): void {
  for (const { field, nearest } of unknownFields(properties)) {
    log.warn({ field, nearest }, "unknown metadata field ignored, did you mean the nearest?");
  }
}

/** Logs what is odd about the robots' addresses and secrets. No line holds a part of a value. */
export function warnOfSuspicions(properties: BindingInit["properties"], log: Logger): void {
  for (const { code, field, message, remedy } of suspicionsOf(robotFields(properties))) {
    log.warn({ field, code }, `${message}; ${remedy}`);
  }
}

/** Logs that two components for the input direction have one `id`. */
export function warnOfSharedId(id: string, log: Logger): void {
  log.warn(
    { id },
    "another component reads under the same id; give each its own, or get may reach the wrong app",
  );
}

/**
 * Logs that two apps load one component name with different robots, if that is what a new robot
 * means. A reload ends the old Read streams at once; two apps keep both open.
 */
export function warnOfSecondApp(
  readers: Readers,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): void {
  const formerReaders = readers.open;
  if (formerReaders.length === 0) return;
  clock.after(reloadMs, () => {
    if (!formerReaders.some((reader) => reader.isOpen)) return;
    log.warn(
      "two apps use one component name with different robots through this process; messages go to the robot that was loaded last. Give each app a socket folder of its own: DAPR_COMPONENTS_SOCKETS_FOLDER for its daprd and for its dingtalk-webhook",
    );
  });
}
