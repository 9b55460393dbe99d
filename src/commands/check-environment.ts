import { environmentWarnings, readConfig } from "../sidecar/environment.ts";

/**
 * Checks the environment before a command runs, and prints what has no effect.
 *
 * @throws {UsageError} for an environment that `serve` would refuse
 */
export function checkEnvironment(env: NodeJS.ProcessEnv): void {
  readConfig(env);
  for (const { variable, message } of environmentWarnings(env)) {
    process.stderr.write(`warning: ${variable}: ${message}\n`);
  }
}
