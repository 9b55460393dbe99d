import { isAbsolute, join, resolve } from "node:path";
import { isObject, parseJson } from "../../base/json.ts";
import type { ComponentResource, Reference } from "./component-resource.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";
import { readText } from "./read-text.ts";

/** The settings of a component of type `secretstores.local.file`. */
interface FileStore {
  readonly name: string;
  readonly separator: string;
  /** Whether a secret may hold several keys. */
  readonly isMultiValued: boolean;
}

/** Looks each reference of a component up in the file of its secret store, as daprd does. */
export async function checkSecretsFile(
  component: ComponentResource,
  store: ComponentResource,
  references: readonly Reference[],
): Promise<Finding[]> {
  const path = fieldOf(store, "secretsFile");
  if (path === undefined) {
    return [skipped`secret-store: the file of the store ${store.name} is given by reference`];
  }
  if (path === "") {
    return [
      problem`secret-store: the store ${store.name} has no secretsFile, so daprd ends when it starts -> add secretsFile to its spec.metadata`,
    ];
  }
  const { text, findings } = await readSecretsFile(store, path);
  if (text === undefined) return [...findings];
  const content = parseJson(text);
  if (!isObject(content)) {
    return [
      ...findings,
      problem`secret-store: the file of the store ${store.name} is not a JSON object, so daprd ends -> write it as {"NAME": "SECRET"}`,
    ];
  }
  const settings = settingsOf(store);
  return [
    ...findings,
    ...references.map((reference) => checkReference(component, settings, content, reference)),
  ];
}

function fieldOf({ fields }: ComponentResource, name: string): string | undefined {
  const field = fields.find((other) => other.name.toLowerCase() === name.toLowerCase());
  return field === undefined ? "" : field.value;
}

function settingsOf(store: ComponentResource): FileStore {
  return {
    name: store.name,
    separator: fieldOf(store, "nestedSeparator") || ":",
    isMultiValued: /^(true|t|yes|y|on|1)$/i.test(fieldOf(store, "multiValued") ?? ""),
  };
}

/** daprd takes a relative path from the folder in which it was started, which is not known here. */
async function readSecretsFile(
  store: ComponentResource,
  path: string,
): Promise<{ text?: string; findings: readonly Finding[] }> {
  const here = await readText(resolve(path));
  if (typeof here === "string") return { text: here, findings: [] };
  if (isAbsolute(path)) {
    return {
      findings: [
        warning`secret-store: the file of the store ${store.name} ${here.reason}, seen from here -> unless daprd has a file system of its own: create it or let daprd's user read it`,
      ],
    };
  }
  const beside = await readText(join(store.folder, path));
  if (typeof beside === "string") {
    return {
      text: beside,
      findings: [
        warning`secret-store: the file of the store ${store.name} has a relative path; daprd looks for it where daprd was started, not beside the YAML -> write an absolute path, or start daprd in the folder of the file`,
      ],
    };
  }
  return {
    findings: [
      skipped`secret-store: the file of the store ${store.name} has a relative path and is not in this folder, so its secrets were not looked at -> run the doctor where daprd was started`,
    ],
  };
}

function checkReference(
  { name }: ComponentResource,
  store: FileStore,
  content: object,
  { field, name: secret, key }: Reference,
): Finding {
  const secrets = secretsOf(content, store);
  const found = secrets.get(secret)?.get(key || secret);
  if (typeof found === "string" && found !== "") {
    return ok`secret-store: the store ${store.name} has the secret for ${field} of ${name}`;
  }
  const joined = `${secret}${store.separator}${key}`;
  const wanted = key === "" || key === secret ? secret : `${key} of ${secret}`;
  const lacks = found === undefined ? `lacks ${wanted}` : `has no text for ${wanted}`;
  const message = `the store ${store.name} ${lacks}, so ${field} of ${name} stays empty`;
  return secrets.has(joined)
    ? problem`secret-store: ${message} -> write name: ${joined} without a key, or set multiValued: "true" in the store`
    : problem`secret-store: ${message} -> add it to the file, or correct name and key of the secretKeyRef`;
}

type Secrets = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

/** The keys of each secret. A store without `multiValued` makes a secret of each leaf. */
function secretsOf(content: object, { separator, isMultiValued }: FileStore): Secrets {
  const entries = isMultiValued ? Object.entries(content) : [...leavesOf(content, separator)];
  return new Map(
    entries.map(([name, value]): [string, ReadonlyMap<string, unknown>] => [
      name,
      isObject(value) ? leavesOf(value, separator) : new Map([[name, value]]),
    ]),
  );
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
