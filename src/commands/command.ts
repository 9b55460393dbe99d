import { type ParseArgsConfig, parseArgs } from "node:util";
import { closest } from "fastest-levenshtein";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; strict: true }>
>["values"];

/** A sub-command of the executable. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole text of `--help`. */
  readonly help: string;
  /**
   * @returns the exit code
   * @throws {UsageError} for arguments that cannot be understood
   */
  run(args: readonly string[]): Promise<number>;
}

/** The command line or the environment cannot be understood. The message is meant for a person. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The nearest known name, as the end of an error message. */
export function didYouMean(name: string, known: readonly string[]): string {
  return known.length === 0 ? "" : `, did you mean ${closest(name, [...known])}?`;
}

/**
 * Options in `--name value` and `--name=value` form, no positional arguments.
 *
 * @throws {UsageError} naming the nearest known option
 */
export function parseOptions<const O extends Options>(
  args: readonly string[],
  options: O,
): Values<O> {
  for (const arg of args) {
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name !== undefined && !Object.hasOwn(options, name)) {
      const known = Object.keys(options).map((option) => `--${option}`);
      throw new UsageError(`unknown option --${name}${didYouMean(`--${name}`, known)}`);
    }
  }
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}
