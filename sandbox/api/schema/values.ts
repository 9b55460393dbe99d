import * as z from "zod";

/**
 * The schemas that `/api/openapi.json` lists under their names. A schema that is not here is
 * written out wherever it is used.
 */
export const namedSchemas = z.registry<{ readonly id: string; readonly description?: string }>();

/** Lists a schema under a name in `/api/openapi.json`. */
export function named<Schema extends z.ZodType>(
  id: string,
  schema: Schema,
  description?: string,
): Schema {
  namedSchemas.add(schema, { id, ...(description !== undefined && { description }) });
  return schema;
}

/** An object with these fields and no others: another field is probably misspelled. */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === "unrecognized_keys" ? "is unknown" : "has to be a JSON object"),
  });
}

/** A text whose length, in UTF-16 units, is within both bounds. */
export function text({ min = 0, max = 4096 }: { min?: number; max?: number } = {}) {
  const error = `has to be a text of ${min} to ${max} characters`;
  return z.string({ error }).min(min, { error }).max(max, { error });
}

/** A whole number, both bounds included. */
export function integer(min: number, max: number) {
  const error = `has to be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** One of some words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `has to be one of ${words.join(", ")}` });
}

/** A list with at most `max` items. */
export function list<Item extends z.ZodType>(item: Item, max: number) {
  const error = `has to be a list of at most ${max}`;
  return z.array(item, { error }).max(max, { error });
}

/** A point in time: ISO 8601, UTC. */
export const time = z.iso.datetime();

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.unknown());

/** Names and texts, such as HTTP headers. */
export const texts = z.record(z.string(), z.string());

/** The type of a schema's values. Nobody may write to them, at any depth. */
export type ValueOf<Schema extends z.ZodType> = Immutable<z.infer<Schema>>;

type Immutable<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
  : Value;
