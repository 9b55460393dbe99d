import type { JsonObject } from "../../api/types.ts";

/** Whether a value is an object, and neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object in a field; an empty one if the field holds something else, as a refused message may. */
export function objectIn(holder: JsonObject, field: string): JsonObject {
  const value = holder[field];
  return isObject(value) ? value : {};
}

/** The objects of the list in a field. */
export function objectsIn(holder: JsonObject, field: string): readonly JsonObject[] {
  const value = holder[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The string in a field; an empty one if the field holds something else. */
export function textIn(holder: JsonObject, field: string): string {
  const value = holder[field];
  return typeof value === "string" ? value : "";
}
