import type { ComponentResource, Reference } from "./component-resource.ts";
import { type Finding, problem, skipped } from "./finding.ts";
import { checkSecretsFile } from "./secrets-file.ts";

/** What is known beside the component. */
export interface ReferenceContext {
  /** Every component of the YAML, of any type. */
  readonly components: readonly ComponentResource[];
  /** The names of the components that daprd has loaded; undefined if no daprd answered. */
  readonly loaded: readonly string[] | undefined;
  readonly isKubernetes: boolean;
}

/** Follows the references of a component, as far as they can be followed from here. */
export async function checkReferences(
  component: ComponentResource,
  context: ReferenceContext,
): Promise<Finding[]> {
  const variables = component.references.filter(({ kind }) => kind === "envRef");
  const secrets = component.references.filter(({ kind }) => kind === "secretKeyRef");
  return [
    ...variables.map((reference) => checkVariable(component, reference)),
    ...(secrets.length === 0 ? [] : await checkStore(component, secrets, context)),
  ];
}

/** daprd reads its own environment, and no variable that could hold a token of Dapr. */
function checkVariable({ name: component }: ComponentResource, reference: Reference): Finding {
  const { field, name } = reference;
  if (/^DAPR_|^APP_API_TOKEN$| /i.test(name)) {
    return problem`env-ref: ${component} has its ${field} in the variable ${name}, which daprd refuses -> rename the variable; it must not begin with DAPR_`;
  }
  return skipped`env-ref: ${component} has its ${field} in a variable of daprd, ${name}`;
}

async function checkStore(
  component: ComponentResource,
  secrets: readonly Reference[],
  context: ReferenceContext,
): Promise<Finding[]> {
  const { name } = component;
  const storeName = component.secretStore || (context.isKubernetes ? "kubernetes" : "");
  if (storeName === "") {
    return [
      problem`secret-store: ${name} has a secretKeyRef and no auth.secretStore; outside Kubernetes its value stays empty -> add auth: {secretStore: NAME} beside spec; for the YAML of a cluster, run the doctor in the pod`,
    ];
  }
  const isBuiltIn = context.isKubernetes && storeName === "kubernetes";
  if (!isBuiltIn && context.loaded?.includes(storeName) === false) {
    return [
      problem`secret-store: daprd has not loaded the secret store ${storeName} of ${name}, so ${name} waits for it for ever -> look for the store in daprd's log and folder`,
    ];
  }
  const store = context.components.find((other) => other.name === storeName && isStore(other));
  if (store === undefined) return checkAbsent(name, storeName, context);
  if (!store.isRead) return [...store.flaws];
  if (store.type === "secretstores.local.file") {
    return await checkSecretsFile(component, store, secrets);
  }
  return [skipped`secret-store: the secrets of ${name} in ${storeName} were not looked at`];
}

function isStore({ type }: ComponentResource): boolean {
  return type.startsWith("secretstores.");
}

/** A pod has the store `kubernetes` without YAML, and its YAML is in the cluster. */
function checkAbsent(name: string, storeName: string, context: ReferenceContext): Finding[] {
  if (storeName === "kubernetes" && context.loaded === undefined) {
    return [
      skipped`secret-store: the secrets of ${name} are in ${storeName}, a store of clusters alone, and were not looked at -> run the doctor in the pod`,
    ];
  }
  if (context.isKubernetes || context.loaded !== undefined) {
    return [skipped`secret-store: the secrets of ${name} in ${storeName} were not looked at`];
  }
  return [
    problem`secret-store: ${name} has the secret store ${storeName}, which no YAML of --resources defines -> add its YAML, or correct auth.secretStore`,
  ];
}
