import { closest, distance } from "fastest-levenshtein";

/** The command line or the environment cannot be understood. The message is meant for a person. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "USAGE";
}

/** More letters apart than this, two names are taken for different names. */
const maxDistance = 3;

/** The known name that `name` is probably meant to be, in any letter case. Undefined if none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const lowerCased = known.map((other) => other.toLowerCase());
  const spelled = name.toLowerCase();
  const near = lowerCased.length === 0 ? "" : closest(spelled, lowerCased);
  const apart = distance(spelled, near);
  const isNear = apart <= maxDistance && apart <= Math.max(spelled.length, near.length) / 2;
  return isNear ? known[lowerCased.indexOf(near)] : undefined;
}

/** The end of an error message that names the known name near to a wrong one; empty if none is. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? "" : `, did you mean ${near}?`;
}
