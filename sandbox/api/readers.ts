/** A value in a request that cannot be taken. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly code = "BAD_INPUT";
  /** Dotted path of the value; empty for the whole body. */
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field === "" ? "the body" : field} ${problem}`);
    this.field = field;
  }
}

/** Reads one value or throws an {@link InputError} that names the field. */
export type Reader<T> = (value: unknown, field: string) => T;

/** Text of so many characters. */
export function text({ min = 0, max = 4096 }: { min?: number; max?: number } = {}): Reader<string> {
  return (value, field) => {
    if (typeof value === "string" && value.length >= min && value.length <= max) return value;
    throw new InputError(field, `has to be a text of ${min} to ${max} characters`);
  };
}

/** A whole number, both bounds included. */
export function integer(min: number, max: number): Reader<number> {
  return (value, field) => {
    const isWhole = typeof value === "number" && Number.isInteger(value);
    if (isWhole && value >= min && value <= max) return value;
    throw new InputError(field, `has to be a whole number from ${min} to ${max}`);
  };
}

/** One of some words. */
export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (value, field) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw new InputError(field, `has to be one of ${words.join(", ")}`);
  };
}

/** The same or null. */
export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value, field) => (value === null ? null : read(value, field));
}

/** A list of at most so many. */
export function listOf<T>(read: Reader<T>, max: number): Reader<T[]> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length > max) {
      throw new InputError(field, `has to be a list of at most ${max}`);
    }
    return value.map((item, index) => read(item, `${field}[${index}]`));
  };
}

/** The same under a further condition. */
export function that<T>(read: Reader<T>, holds: (value: T) => boolean, problem: string): Reader<T> {
  return (value, field) => {
    const known = read(value, field);
    if (holds(known)) return known;
    throw new InputError(field, problem);
  };
}
