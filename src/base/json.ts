/** A JSON object whose values have not been checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value of a JSON text, or undefined, which no JSON text has as its value, for other texts and
 * for a text that is nested too deeply for the stack.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    return undefined;
  }
}

/** Whether objects and lists are nested more than `levels` deep. Looks no deeper than that. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1));
}

/** The text in a field; empty where the field holds no text. */
export function textIn(holder: JsonObject, field: string): string {
  const value = holder[field];
  return typeof value === "string" ? value : "";
}

/** The object in a field; empty where the field holds no object. */
export function objectIn(holder: JsonObject, field: string): JsonObject {
  const value = holder[field];
  return isObject(value) ? value : {};
}

/** The objects of the list in a field, without its other elements. */
export function objectsIn(holder: JsonObject, field: string): readonly JsonObject[] {
  const value = holder[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
