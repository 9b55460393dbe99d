import type { JsonObject } from "../base/json.ts";

/** A known name is never longer. */
const maxLength = 32;

/** Whether typed clients write the value for "nothing": undefined, null, `""`, `[]`. */
export function isAbsent(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  );
}

/**
 * A name without what is easily mistaken: letter case, `_`, `-`, blanks and a plural's s. A name
 * that is too long for any known one is not folded.
 */
export function foldName(name: string): string {
  if (name.length > maxLength) return name;
  return name
    .toLowerCase()
    .replace(/[_\s-]/g, "")
    .replace(/s$/, "");
}

/** Whether a name is not the right one but near to it. */
export function isMisspelled(name: string, right: string): boolean {
  return name !== right && foldName(name) === foldName(right);
}

/** The key with a value that is a wrong spelling of an absent field. */
export function findMisspelled(
  holder: JsonObject,
  right: string,
  keys = keysOf(holder),
): string | undefined {
  if (!isAbsent(holder[right])) return undefined;
  return keys.find((key) => isMisspelled(key, right) && !isAbsent(holder[key]));
}

/** The keys that are looked at. A message of more keys is too long for a robot. */
export function keysOf(holder: JsonObject): string[] {
  return Object.keys(holder).slice(0, 1000);
}
