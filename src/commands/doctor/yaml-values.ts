import { isObject } from "../../base/json.ts";

/** The members of an object of YAML, by their name in lower case. */
export type Members = ReadonlyMap<string, unknown>;

/** The members of an object, as daprd's parser matches their names; none for any other value. */
export function membersOf(value: unknown): Members {
  return new Map(
    isObject(value)
      ? Object.entries(value).map(([key, member]) => [key.toLowerCase(), member])
      : [],
  );
}

/** The elements of a list; none for any other value. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text of a value that is no object. daprd's parser makes text of numbers and booleans. */
export function textOf(value: unknown): string {
  return typeof value === "object" ? "" : String(value ?? "");
}
