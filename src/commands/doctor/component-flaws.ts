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
  const parts: [string, unknown, "an object" | "a list" | "a text"][] = [
    ["metadata", document.get("metadata"), "an object"],
    ["spec", document.get("spec"), "an object"],
    ["auth", document.get("auth"), "an object"],
    ["scopes", document.get("scopes"), "a list"],
    ["spec.type", spec.get("type"), "a text"],
    ["spec.version", spec.get("version"), "a text"],
    ["spec.metadata", spec.get("metadata"), "a list"],
    ...items.flatMap((item, index): [string, unknown, "an object" | "a text"][] => [
      [`spec.metadata[${index}]`, item, "an object"],
      [`spec.metadata[${index}].name`, membersOf(item).get("name"), "a text"],
      [`spec.metadata[${index}].envRef`, membersOf(item).get("envref"), "a text"],
      [`spec.metadata[${index}].secretKeyRef`, membersOf(item).get("secretkeyref"), "an object"],
    ]),
  ];
  return parts
    .filter(([, value, wanted]) => value !== undefined && value !== null && !is(value, wanted))
    .map(([path, , wanted]) =>
      problem("yaml", `${name}: ${path} is not ${wanted}`, "correct the YAML; daprd skips it"),
    );
}

function is(value: unknown, wanted: "an object" | "a list" | "a text"): boolean {
  if (wanted === "a list") return Array.isArray(value);
  return (typeof value === "object") === (wanted === "an object") && !Array.isArray(value);
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
