import { isObject } from "../../base/json.ts";
import { nearest } from "../../base/usage-error.ts";
import { type Finding, problem, warning } from "./finding.ts";
import { listOf, type Members, membersOf, textOf } from "./yaml-values.ts";

/** daprd's parser makes text of a number, but not in a list. Of old, `yes` is true in YAML. */
const shapes = {
  anything: () => true,
  "an object": isObject,
  "a list": Array.isArray,
  "a list of texts": (value: unknown) =>
    Array.isArray(value) && value.every((element) => typeof element === "string"),
  "a text": (value: unknown) => typeof value !== "object",
  "true or false": (value: unknown) =>
    typeof value === "boolean" || /^(yes|no|on|off|y|n)$/i.test(String(value)),
} as const;

type Shape = keyof typeof shapes;

/** The keys of each part of a Component, and what daprd takes as their values. No other key has a meaning. */
const keysOf = {
  "the document": {
    ...{ apiVersion: "anything", kind: "anything", metadata: "an object" },
    ...{ spec: "an object", auth: "an object", scopes: "a list of texts" },
  },
  spec: {
    ...{ type: "a text", version: "a text", ignoreErrors: "true or false" },
    ...{ initTimeout: "a text", metadata: "a list" },
  },
  auth: { secretStore: "anything" },
  "a field of spec.metadata": {
    ...{ name: "a text", value: "anything", secretKeyRef: "an object", envRef: "a text" },
  },
  secretKeyRef: { name: "anything", key: "anything" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Shape>>>>;

type PartName = keyof typeof keysOf;
/** A part of a document, and the path before its keys. */
type Part = readonly [part: PartName, path: string, value: unknown];

function wholeOf(document: unknown): Part {
  return ["the document", "", document];
}

function itemsOf(document: Members): readonly unknown[] {
  return listOf(membersOf(document.get("spec")).get("metadata"));
}

function partsOf(document: Members): Part[] {
  const items = itemsOf(document);
  return [
    ["spec", "spec.", document.get("spec")],
    ["auth", "auth.", document.get("auth")],
    ...items.map((item, index): Part => {
      return ["a field of spec.metadata", `spec.metadata[${index}].`, item];
    }),
    ...items.map((item): Part => ["secretKeyRef", "", membersOf(item).get("secretkeyref")]),
  ];
}

/** A kind or version because of which daprd passes the document over and says nothing. */
export function kindFlaws(document: Members, name: string): Finding[] {
  const wanted = { kind: "Component", apiVersion: "dapr.io/v1alpha1" };
  return Object.entries(wanted).flatMap(([key, value]) => {
    const found = textOf(document.get(key.toLowerCase()));
    if (found === value) return [];
    const has = found === "" ? `has no ${key}` : `has the ${key} ${found}`;
    return [problem`kind: ${name} ${has}, so daprd passes it over -> write ${key}: ${value}`];
  });
}

/** Values whose type makes daprd skip the document. */
export function typeFlaws(document: Members, name: string): Finding[] {
  const values = [wholeOf(Object.fromEntries(document)), ...partsOf(document)].flatMap(
    ([part, path, value]) =>
      Object.entries(keysOf[part]).map(([key, wanted]) => {
        return { path: path + key, value: membersOf(value).get(key.toLowerCase()), wanted };
      }),
  );
  const items = itemsOf(document).map((value, index) => {
    return { path: `spec.metadata[${index}]`, value, wanted: "an object" as const };
  });
  return [...values, ...items]
    .filter(({ value, wanted }) => value !== undefined && value !== null && !shapes[wanted](value))
    .map(
      ({ path, wanted }) =>
        problem`yaml: ${name}: ${path} is not ${wanted} -> correct the YAML; daprd skips it`,
    );
}

/** A category in capitals, which daprd does not know, unlike the rest of a type. */
export function categoryFlaws(type: string, name: string): Finding[] {
  const [category = ""] = type.split(".");
  if (category === category.toLowerCase()) return [];
  return [
    problem`type: ${name} has the type ${type}; daprd ends, because the word before the dot has capitals -> write ${category.toLowerCase()}`,
  ];
}

/** Keys that daprd passes over and says nothing, such as `vale` for `value`. */
export function keyFlaws(document: unknown, name: string): Finding[] {
  return [wholeOf(document), ...partsOf(membersOf(document))].flatMap(([part, , value]) =>
    Object.keys(isObject(value) ? value : {})
      .filter((key) => !has(keysOf[part], key))
      .map((key) => keyFlaw(name, part, key)),
  );
}

/** A key that belongs elsewhere or is misspelt is a mistake, and so is a field that lacks its value. */
function keyFlaw(name: string, part: PartName, key: string): Finding {
  const message = `${name}: ${part} has the key ${key}, which means nothing there`;
  const near = nearest(key, Object.keys(keysOf[part]));
  if (near !== undefined) return problem`unknown-key: ${message} -> did you mean ${near}?`;
  const home = Object.entries(keysOf).find(([, keys]) => has(keys, key))?.[0];
  if (home !== undefined) return problem`unknown-key: ${message} -> move it to ${home}`;
  const report = part === "the document" || part === "spec" ? warning : problem;
  return report`unknown-key: ${message} -> remove it`;
}

/** daprd's parser does not mind the letter case. */
function has(keys: object, key: string): boolean {
  return Object.keys(keys).some((known) => known.toLowerCase() === key.toLowerCase());
}
