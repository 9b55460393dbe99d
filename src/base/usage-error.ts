import { closest } from "fastest-levenshtein";

/** The command line or the environment cannot be understood. The message is meant for a person. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "USAGE";
}

/** The end of an error message that names the known name nearest to a wrong one. */
export function didYouMean(name: string, known: readonly string[]): string {
  return known.length === 0 ? "" : `, did you mean ${closest(name, [...known])}?`;
}
