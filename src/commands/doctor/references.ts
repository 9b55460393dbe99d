import { type ComponentResource, fieldOf, type Reference } from "./component-resource.ts";
import { type Finding, problem, skipped } from "./finding.ts";
import { checkSecretsFile, readSecret } from "./secrets-file.ts";

/** What is known beside the component. */
export interface ReferenceContext {
  /** Every component of the YAML, of any type. */
  readonly components: readonly ComponentResource[];
  /** The names of the components that daprd has loaded; undefined if no daprd answered. */
  readonly loaded: readonly string[] | undefined;
  readonly isKubernetes: boolean;
}

/** Follows the references of a component, as far as they can be followed from here. */
export async function* checkReferences(
  component: ComponentResource,
  context: ReferenceContext,
): AsyncIterable<Finding> {
  const { name: owner, references } = component;
  for (const { field, name } of references.filter(({ kind }) => kind === "envRef")) {
    // daprd reads its own environment, and no variable that could hold a token of Dapr.
    yield /^DAPR_|^APP_API_TOKEN$| /i.test(name)
      ? problem`env-ref: ${owner} has its ${field} in the variable ${name}, which daprd refuses -> rename the variable; it must not begin with DAPR_`
      : skipped`env-ref: ${owner} has its ${field} in a variable of daprd, ${name}`;
  }
  const secrets = references.filter(({ kind }) => kind === "secretKeyRef");
  if (secrets.length > 0) yield* checkStore(component, secrets, context);
}

async function* checkStore(
  component: ComponentResource,
  secrets: readonly Reference[],
  { components, loaded, isKubernetes }: ReferenceContext,
): AsyncIterable<Finding> {
  const { name } = component;
  const storeName = component.secretStore || (isKubernetes ? "kubernetes" : "");
  if (storeName === "") {
    return yield problem`secret-store: ${name} has a secretKeyRef and no auth.secretStore; outside Kubernetes its value stays empty -> add auth: {secretStore: NAME} beside spec; for the YAML of a cluster, run the doctor in the pod`;
  }
  const isBuiltIn = isKubernetes && storeName === "kubernetes";
  if (!isBuiltIn && loaded?.includes(storeName) === false) {
    return yield problem`secret-store: daprd has not loaded the secret store ${storeName} of ${name}, so ${name} waits for it for ever -> look for the store in daprd's log and folder`;
  }
  const store = components.find(({ name: other, type }) => {
    return other === storeName && type.startsWith("secretstores.");
  });
  if (store?.isRead === false) return yield* store.flaws;
  if (store?.type === "secretstores.local.file") {
    return yield* checkSecretsFile(component, store, secrets);
  }
  // A pod has the store `kubernetes` without YAML, and its YAML is in the cluster.
  if (store !== undefined || isKubernetes || loaded !== undefined) {
    yield skipped`secret-store: the secrets of ${name} in ${storeName} were not looked at`;
  } else if (storeName === "kubernetes") {
    yield skipped`secret-store: the secrets of ${name} are in ${storeName}, a store of clusters alone, and were not looked at -> run the doctor in the pod`;
  } else {
    yield problem`secret-store: ${name} has the secret store ${storeName}, which no YAML of --resources defines -> add its YAML, or correct auth.secretStore`;
  }
}

/**
 * The text of a field, from the file of a local secret store if it is there. Only daprd can read its
 * own variables and the stores of other types.
 *
 * @returns empty if the field is absent, undefined if only daprd sees its value
 */
export async function resolveField(
  component: ComponentResource,
  field: string,
  components: readonly ComponentResource[],
): Promise<string | undefined> {
  const value = fieldOf(component, field);
  if (value !== undefined) return value;
  const reference = component.references.find(
    (other) => other.field.toLowerCase() === field.toLowerCase(),
  );
  const store = components.find(({ name }) => name === component.secretStore);
  if (reference?.kind !== "secretKeyRef" || store?.type !== "secretstores.local.file") {
    return undefined;
  }
  return await readSecret(store, reference);
}
