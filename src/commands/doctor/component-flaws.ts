import { isObject } from "../../base/json.ts";
import { nearest } from "../../base/usage-error.ts";
import { type Finding, problem, warning } from "./finding.ts";
import { listOf, membersOf, textOf } from "./yaml-values.ts";

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
    ...{ spec: "anything", auth: "anything", scopes: "a list of texts" },
  },
  spec: {
    ...{ type: "a text", version: "a text", ignoreErrors: "true or false" },
    ...{ initTimeout: "a text", metadata: "a list" },
  },
  auth: { secretStore: "anything" },
  "a field of spec.metadata": {
    ...{ name: "a text", value: "anything", secretKeyRef: "anything", envRef: "a text" },
  },
  secretKeyRef: { name: "anything", key: "anything" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Shape>>>>;

type PartName = keyof typeof keysOf;

/** A part of a document, which has to be an object, and the path before its keys. */
type Part = readonly [part: PartName, path: string, value: unknown];

function partsOf(content: unknown): Part[] {
  const document = membersOf(content);
  const spec = document.get("spec");
  const fields = listOf(membersOf(spec).get("metadata")).flatMap((field, index): Part[] => {
    const path = `spec.metadata[${index}].`;
    return [
      ["a field of spec.metadata", path, field],
      ["secretKeyRef", `${path}secretKeyRef.`, membersOf(field).get("secretkeyref")],
    ];
  });
  return [
    ["the document", "", content],
    ["spec", "spec.", spec],
    ["auth", "auth.", document.get("auth")],
    ...fields,
  ];
}

/** Whatever makes daprd skip the document. Of a wrong kind or version, daprd says nothing. */
export function* skipFlaws(content: unknown, name: string): Iterable<Finding> {
  const wanted = { kind: "Component", apiVersion: "dapr.io/v1alpha1" };
  for (const [key, value] of Object.entries(wanted)) {
    const found = textOf(membersOf(content).get(key.toLowerCase()));
    if (found === value) continue;
    const has = found === "" ? `has no ${key}` : `has the ${key} ${found}`;
    yield problem`kind: ${name} ${has}, so daprd passes it over -> write ${key}: ${value}`;
  }
  for (const [part, path, value] of partsOf(content)) {
    yield* shapeFlaws(name, { path: path.slice(0, -1), value, shape: "an object" });
    for (const [key, shape] of Object.entries(keysOf[part])) {
      const member = membersOf(value).get(key.toLowerCase());
      yield* shapeFlaws(name, { path: path + key, value: member, shape });
    }
  }
}

function* shapeFlaws(
  name: string,
  { path, value, shape }: { path: string; value: unknown; shape: Shape },
): Iterable<Finding> {
  if (value === undefined || value === null || shapes[shape](value)) return;
  yield problem`yaml: ${name}: ${path} is not ${shape} -> correct the YAML; daprd skips it`;
}

/** What daprd reads in another way than it is meant, or passes over, such as `vale` for `value`. */
export function* readFlaws(content: unknown, name: string, type: string): Iterable<Finding> {
  const [category = ""] = type.split(".");
  if (category !== category.toLowerCase()) {
    yield problem`type: ${name} has the type ${type}; daprd ends, because the word before the dot has capitals -> write ${category.toLowerCase()}`;
  }
  for (const [part, , value] of partsOf(content)) {
    const keys = Object.keys(isObject(value) ? value : {});
    yield* keys.filter((key) => !has(keysOf[part], key)).map((key) => keyFlaw(name, part, key));
  }
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
