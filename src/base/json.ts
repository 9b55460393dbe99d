/** An object as JSON has it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells an object from null and a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined where the text is not JSON, which JSON itself cannot express. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
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
