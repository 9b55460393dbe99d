/** The sandbox cannot read or write its data file. */
export class DataFileError extends Error {
  override readonly name = "DataFileError";
  readonly code = "DATA_FILE";

  constructor(path: string, cause: unknown) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    super(`cannot keep messages in ${path}: ${problem}`, { cause });
  }
}
