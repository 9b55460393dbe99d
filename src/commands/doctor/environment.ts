import { distance } from "fastest-levenshtein";
import { UsageError } from "../../base/usage-error.ts";
import {
  type Config,
  environmentWarnings,
  folderVariables,
  readConfig,
} from "../../sidecar/environment.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const [daprdsVariable, injectorsVariable] = folderVariables;

/** The configuration that an environment gives, and what is wrong with the environment. */
export interface Environment {
  /** Variables that are wrong have their defaults here. */
  readonly config: Config;
  readonly findings: readonly Finding[];
}

/** Reads the environment as `serve` does and reports every wrong variable, not only the first. */
export function checkEnvironment(env: NodeJS.ProcessEnv): Environment {
  const usable = { ...env };
  const findings: Finding[] = [];
  for (const [name, value] of Object.entries(env)) {
    const complaint = complaintOf({ [name]: value });
    if (complaint === undefined) continue;
    delete usable[name];
    findings.push(problem`environment: ${complaint} -> correct or unset ${name}`);
  }
  const inVain = environmentWarnings(env).map(
    ({ variable, message }) =>
      warning`environment: ${variable}: ${message} -> correct it, or leave it if another tool reads it`,
  );
  findings.push(...inVain, ...checkFolders(env));
  if (findings.length === 0) findings.push(ok`environment: every variable is understood`);
  return { config: readConfig(usable), findings };
}

/** The error of an environment that holds one variable. No rule compares two variables. */
function complaintOf(env: NodeJS.ProcessEnv): string | undefined {
  try {
    readConfig(env);
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

function looksLikeFolder(name: string): boolean {
  if (folderVariables.some((known) => known === name)) return false;
  const spelled = name.toUpperCase();
  if (/^DAPR_(.*_)?SOCKETS?_(FOLDER|DIR|DIRECTORY|PATH)$/.test(spelled)) return true;
  return folderVariables.some((known) => distance(known, spelled) <= 3);
}

function* checkFolders(env: NodeJS.ProcessEnv): Iterable<Finding> {
  for (const name of Object.keys(env).filter(looksLikeFolder)) {
    yield problem`variable-name: no program reads the variable ${name} -> rename it to ${daprdsVariable}, for daprd and for dingtalk-webhook`;
  }
  const [daprds, injectors] = [env[daprdsVariable], env[injectorsVariable]];
  if (!injectors || daprds === injectors) return;
  if (daprds) {
    yield warning`variable-name: ${daprdsVariable} and ${injectorsVariable} name different folders; the first counts -> unset ${injectorsVariable}`;
  } else if (!env.KUBERNETES_SERVICE_HOST) {
    // In a pod, the injector gave daprd the same folder under the other name.
    yield warning`variable-name: ${injectorsVariable} is set, which daprd does not read -> start daprd with ${daprdsVariable} set to the same folder`;
  }
}
