import { type ParseArgsConfig, parseArgs } from "node:util";
import { didYouMean, UsageError } from "../base/usage-error.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; strict: true }>
>["values"];

/** One command of the executable, such as `serve`. */
export interface Command {
  /** One line in the list of commands, without a full stop. */
  readonly summary: string;
  /** The text that `--help` prints. */
  readonly help: string;
  /** Whether the command checks and reports the environment by itself. */
  readonly reportsEnvironment?: true;
  /**
   * @returns the exit code
   * @throws {UsageError} if the arguments or the environment cannot be understood
   */
  run(args: readonly string[]): Promise<number>;
}

/**
 * Reads options in the forms `--name value` and `--name=value`. Positional arguments are refused.
 *
 * @throws {UsageError} which names the known option nearest to an unknown one
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
