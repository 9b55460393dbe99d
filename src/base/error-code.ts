/**
 * The system's code of an error, such as `ECONNREFUSED`: the innermost code along the chain of
 * `cause`. Of an `AggregateError`, which stands for several addresses, the first error counts.
 *
 * @param otherwise the result if no error of the chain has a code
 */
export function errorCodeOf(error: unknown, otherwise = "unknown error"): string {
  let code: string | undefined;
  const seen = new Set<unknown>();
  // A chain can lead back to an error that was seen before.
  for (let link = error; link instanceof Error && !seen.has(link); link = causeOf(link)) {
    seen.add(link);
    if ("code" in link && typeof link.code === "string") code = link.code;
  }
  return code ?? otherwise;
}

function causeOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : error.cause;
}
