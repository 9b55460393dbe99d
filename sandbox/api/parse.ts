import type * as z from "zod";

/** A request holds a value that the API does not take. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly code = "BAD_INPUT";
  /** Dotted path of the value; empty if the whole body is meant. */
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field === "" ? "the body" : field} ${problem}`);
    this.field = field;
  }
}

/**
 * The value as its schema describes it.
 *
 * @param root what the path of a bad value begins with
 * @throws {InputError} for the outermost value that does not fit
 */
export function parse<Value>(schema: z.ZodType<Value>, value: unknown, root = ""): Value {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [first] = error.issues
    .map((issue) => ({ path: pathOf(issue), problem: issue.message }))
    .sort((one, other) => one.path.length - other.path.length);
  throw new InputError(spell(first?.path ?? [], root), first?.problem ?? "is not valid");
}

/** An unknown field is named by its own path, not by that of the object that holds it. */
function pathOf(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  return issue.code === "unrecognized_keys"
    ? [...issue.path, ...issue.keys.slice(0, 1)]
    : issue.path;
}

/** A path such as `faults[0].effect.type`. */
function spell(path: readonly PropertyKey[], root: string): string {
  return path.reduce<string>((spelled, step) => {
    if (typeof step === "number") return `${spelled}[${step}]`;
    return spelled === "" ? String(step) : `${spelled}.${String(step)}`;
  }, root);
}
