import type { JsonObject } from "../../api/types.ts";

/** Tells an object from null and a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object in a field, or an empty one: a refused message may hold anything. */
export function objectIn(holder: JsonObject, field: string): JsonObject {
  const value = holder[field];
  return isObject(value) ? value : {};
}

/** The objects of the list in a field. */
export function objectsIn(holder: JsonObject, field: string): readonly JsonObject[] {
  const value = holder[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The string in a field, or an empty one. */
export function textIn(holder: JsonObject, field: string): string {
  const value = holder[field];
  return typeof value === "string" ? value : "";
}
