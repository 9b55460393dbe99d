import { isObject } from "../../base/json.ts";
import { nearest } from "../../base/usage-error.ts";
import { type Finding, problem, warning } from "./finding.ts";
import { listOf, type Members, membersOf, textOf } from "./yaml-values.ts";

/** The keys of each part of a Component. No other key has a meaning. */
const keysOf = {
  "the document": ["apiVersion", "kind", "metadata", "spec", "auth", "scopes"],
  spec: ["type", "version", "ignoreErrors", "initTimeout", "metadata"],
  auth: ["secretStore"],
  "a field of spec.metadata": ["name", "value", "secretKeyRef", "envRef"],
  secretKeyRef: ["name", "key"],
} as const;

type Part = keyof typeof keysOf;

/** A kind or version because of which daprd passes the document over and says nothing. */
export function kindFlaws(document: Members, name: string): Finding[] {
  const wanted = { kind: "Component", apiVersion: "dapr.io/v1alpha1" };
  return Object.entries(wanted).flatMap(([key, value]) => {
    const found = textOf(document.get(key.toLowerCase()));
    if (found === value) return [];
    const has = found === "" ? `has no ${key}` : `has the ${key} ${found}`;
    return [problem("kind", `${name} ${has}, so daprd passes it over`, `write ${key}: ${value}`)];
  });
}

/** Values whose type makes daprd skip the document. */
export function typeFlaws(document: Members, name: string): Finding[] {
  const spec = membersOf(document.get("spec"));
  const items = listOf(spec.get("metadata"));
  const parts: [string, unknown, Shape][] = [
    ["metadata", document.get("metadata"), "an object"],
    ["spec", document.get("spec"), "an object"],
    ["auth", document.get("auth"), "an object"],
    ["scopes", document.get("scopes"), "a list of texts"],
    ["spec.type", spec.get("type"), "a text"],
    ["spec.version", spec.get("version"), "a text"],
    ["spec.initTimeout", spec.get("inittimeout"), "a text"],
    ["spec.ignoreErrors", spec.get("ignoreerrors"), "true or false"],
    ["spec.metadata", spec.get("metadata"), "a list"],
    ...items.flatMap((item, index): [string, unknown, Shape][] => [
      [`spec.metadata[${index}]`, item, "an object"],
      [`spec.metadata[${index}].name`, membersOf(item).get("name"), "a text"],
      [`spec.metadata[${index}].envRef`, membersOf(item).get("envref"), "a text"],
      [`spec.metadata[${index}].secretKeyRef`, membersOf(item).get("secretkeyref"), "an object"],
    ]),
  ];
  return parts
    .filter(([, value, wanted]) => value !== undefined && value !== null && !shapes[wanted](value))
    .map(([path, , wanted]) =>
      problem("yaml", `${name}: ${path} is not ${wanted}`, "correct the YAML; daprd skips it"),
    );
}

/** daprd's parser makes text of a number, but not in a list. Of old, `yes` is true in YAML. */
const shapes = {
  "an object": isObject,
  "a list": Array.isArray,
  "a list of texts": (value: unknown) =>
    Array.isArray(value) && value.every((element) => typeof element === "string"),
  "a text": (value: unknown) => typeof value !== "object",
  "true or false": (value: unknown) =>
    typeof value === "boolean" || /^(yes|no|on|off|y|n)$/i.test(String(value)),
} as const;

type Shape = keyof typeof shapes;

/** A category in capitals, which daprd does not know, unlike the rest of a type. */
export function categoryFlaws(type: string, name: string): Finding[] {
  const [category = ""] = type.split(".");
  if (category === category.toLowerCase()) return [];
  const message = `${name} has the type ${type}; daprd ends, because the word before the dot has capitals`;
  return [problem("type", message, `write ${category.toLowerCase()}`)];
}

/** Keys that daprd passes over and says nothing, such as `vale` for `value`. */
export function keyFlaws(document: unknown, name: string): Finding[] {
  const members = membersOf(document);
  const spec = members.get("spec");
  const items = listOf(membersOf(spec).get("metadata"));
  const parts: [Part, unknown][] = [
    ["the document", document],
    ["spec", spec],
    ["auth", members.get("auth")],
    ...items.map((item): [Part, unknown] => ["a field of spec.metadata", item]),
    ...items.map((item): [Part, unknown] => ["secretKeyRef", membersOf(item).get("secretkeyref")]),
  ];
  return parts.flatMap(([part, value]) =>
    Object.keys(isObject(value) ? value : {})
      .filter((key) => !has(keysOf[part], key))
      .map((key) => keyFlaw(name, part, key)),
  );
}

/** A key that belongs elsewhere or is misspelt is surely a mistake. */
function keyFlaw(name: string, part: Part, key: string): Finding {
  const message = `${name}: ${part} has the key ${key}, which means nothing there`;
  const near = nearest(key, keysOf[part]);
  if (near !== undefined) return problem("unknown-key", message, `did you mean ${near}?`);
  const home = Object.entries(keysOf).find(([, keys]) => has(keys, key));
  if (home !== undefined) return problem("unknown-key", message, `move it to ${home[0]}`);
  return warning("unknown-key", message, "remove it");
}

/** daprd's parser does not mind the letter case. */
function has(keys: readonly string[], key: string): boolean {
  return keys.some((known) => known.toLowerCase() === key.toLowerCase());
}
