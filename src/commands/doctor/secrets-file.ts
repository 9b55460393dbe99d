import { isAbsolute, join, resolve } from "node:path";
import { isObject, parseJson } from "../../base/json.ts";
import { type ComponentResource, fieldOf, type Reference } from "./component-resource.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";
import { readText } from "./read-text.ts";

/** Looks each reference of a component up in the file of its secret store, as daprd does. */
export async function* checkSecretsFile(
  component: ComponentResource,
  store: ComponentResource,
  references: readonly Reference[],
): AsyncIterable<Finding> {
  const { name } = store;
  const path = fieldOf(store, "secretsFile");
  if (path === undefined) {
    return yield skipped`secret-store: the file of the store ${name} is given by reference`;
  }
  if (path === "") {
    return yield problem`secret-store: the store ${name} has no secretsFile, so daprd ends when it starts -> add secretsFile to its spec.metadata`;
  }
  const { here, text } = await readFileOf(store, path);
  if (typeof here !== "string" && isAbsolute(path)) {
    return yield warning`secret-store: the file of the store ${name} ${here.reason}, seen from here -> unless daprd has a file system of its own: create it or let daprd's user read it`;
  }
  if (typeof text !== "string") {
    return yield skipped`secret-store: the file of the store ${name} has a relative path and is not in this folder, so its secrets were not looked at -> run the doctor where daprd was started`;
  }
  if (typeof here !== "string") {
    yield warning`secret-store: the file of the store ${name} has a relative path; daprd looks for it where daprd was started, not beside the YAML -> write an absolute path, or start daprd in the folder of the file`;
  }
  const content = parseJson(text);
  if (!isObject(content)) {
    return yield problem`secret-store: the file of the store ${name} is not a JSON object, so daprd ends -> write it as {"NAME": "SECRET"}`;
  }
  for (const reference of references) yield checkReference(component, store, content, reference);
}

/** The text of a secret as daprd would read it; undefined if it cannot be read from here. */
export async function readSecret(
  store: ComponentResource,
  reference: Reference,
): Promise<string | undefined> {
  const path = fieldOf(store, "secretsFile");
  if (!path) return undefined;
  const { text } = await readFileOf(store, path);
  const content = typeof text === "string" ? parseJson(text) : undefined;
  const found = isObject(content) ? findSecret(content, store, reference) : undefined;
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** daprd takes a relative path from the folder in which it was started, which is not known here. */
async function readFileOf({ folder }: ComponentResource, path: string) {
  const here = await readText(resolve(path));
  const isFinal = typeof here === "string" || isAbsolute(path);
  return { here, text: isFinal ? here : await readText(join(folder, path)) };
}

function checkReference(
  { name }: ComponentResource,
  store: ComponentResource,
  content: object,
  reference: Reference,
): Finding {
  const { field, name: secret, key } = reference;
  const found = findSecret(content, store, reference);
  if (typeof found === "string" && found !== "") {
    return ok`secret-store: the store ${store.name} has the secret for ${field} of ${name}`;
  }
  const joined = `${secret}${separatorOf(store)}${key}`;
  const wanted = key === "" || key === secret ? secret : `${key} of ${secret}`;
  const lacks = found === undefined ? `lacks ${wanted}` : `has no text for ${wanted}`;
  const remedy =
    findSecret(content, store, { name: joined, key: "" }) === undefined
      ? "add it to the file, or correct name and key of the secretKeyRef"
      : `write name: ${joined} without a key, or set multiValued: "true" in the store`;
  return problem`secret-store: the store ${store.name} ${lacks}, so ${field} of ${name} stays empty -> ${remedy}`;
}

/** The value of a secret. A store without `multiValued` makes a secret of each leaf. */
function findSecret(
  content: object,
  store: ComponentResource,
  { name, key }: Pick<Reference, "name" | "key">,
): unknown {
  const separator = separatorOf(store);
  const isMultiValued = /^(true|t|yes|y|on|1)$/i.test(fieldOf(store, "multiValued") ?? "");
  const secrets = isMultiValued ? new Map(Object.entries(content)) : leavesOf(content, separator);
  const secret: unknown = secrets.get(name);
  const keys = isObject(secret) ? leavesOf(secret, separator) : new Map([[name, secret]]);
  return keys.get(key || name);
}

function separatorOf(store: ComponentResource): string {
  return fieldOf(store, "nestedSeparator") || ":";
}

/** Every value that is neither object nor list, by its path. */
function leavesOf(content: object, separator: string): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const open: [string, unknown][] = Object.entries(content);
  for (const [path, value] of open) {
    if (typeof value !== "object" || value === null) leaves.set(path, value);
    else
      for (const [key, inner] of Object.entries(value)) open.push([path + separator + key, inner]);
  }
  return leaves;
}
