import { type ParseArgsConfig, parseArgs } from "node:util";
import { didYouMean, UsageError } from "../base/usage-error.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;
/** The values of options that are described as for `parseArgs` of Node. */
export type OptionValues<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; strict: true; allowPositionals: boolean }>
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
): OptionValues<O> {
  return parseArguments(args, options, { allowPositionals: false }).values;
}

/**
 * Reads options, and the arguments that are neither options nor values of options.
 *
 * @throws {UsageError} which names the known option nearest to an unknown one
 */
export function parseArguments<const O extends Options>(
  args: readonly string[],
  options: O,
  { allowPositionals = true } = {},
): { values: OptionValues<O>; positionals: string[] } {
  const config = { args: [...args], options, allowPositionals };
  const { tokens } = parseArgs({ ...config, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option" || !token.rawName.startsWith("--")) continue;
    if (Object.hasOwn(options, token.name)) continue;
    const known = Object.keys(options).map((option) => `--${option}`);
    throw new UsageError(`unknown option ${token.rawName}${didYouMean(token.rawName, known)}`);
  }
  try {
    return parseArgs({ ...config, strict: true });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}
