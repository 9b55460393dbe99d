import { fields, type ReceiveMode, receiveModes } from "../../binding/fields.ts";
import { readFlaws, skipFlaws } from "./component-flaws.ts";
import type { Finding } from "./finding.ts";
import { listOf, type Members, membersOf, textOf } from "./yaml-values.ts";

/** A field of `spec.metadata`. */
export interface ComponentField {
  readonly name: string;
  /** The text that daprd passes on; undefined if daprd reads it from a secret store or variable. */
  readonly value: string | undefined;
}

/** The place from which daprd reads the value of a field. */
export interface Reference {
  /** The name of the field. */
  readonly field: string;
  readonly kind: "secretKeyRef" | "envRef";
  /** The name of the secret or of the variable. */
  readonly name: string;
  /** The key within the secret; empty for the key that is called like the secret. */
  readonly key: string;
}

/** Where a document stands. */
export interface Place {
  readonly file: string;
  /** The folder of the file. */
  readonly folder: string;
}

/** The parts of a Component resource that the doctor checks. */
export interface ComponentResource extends Place {
  /** Whether daprd takes the name. It skips a component without one. */
  readonly hasName: boolean;
  /** The name of the file for a component without a name. */
  readonly name: string;
  /** In lower case, because daprd compares types in lower case. */
  readonly type: string;
  readonly version: string;
  readonly fields: readonly ComponentField[];
  /** One for each field without a value of its own. */
  readonly references: readonly Reference[];
  /** The value of `auth.secretStore`; empty if there is none. */
  readonly secretStore: string;
  /** The apps that load it; empty for all. */
  readonly scopes: readonly string[];
  /** Whether daprd takes the document for a Component. If not, daprd says nothing. */
  readonly isRead: boolean;
  /** What is wrong with the form of the document. */
  readonly flaws: readonly Finding[];
}

/** The field of a name in any letter case. */
export function findField({ fields }: ComponentResource, name: string): ComponentField | undefined {
  return fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
}

/** The text of a field, in any letter case: empty if absent, undefined if only daprd sees it. */
export function fieldOf(component: ComponentResource, name: string): string | undefined {
  const field = findField(component, name);
  return field === undefined ? "" : field.value;
}

/** The words of `direction`; undefined if only daprd sees them. */
export function directionsOf(component: ComponentResource): string[] | undefined {
  return fieldOf(component, "direction")
    ?.split(",")
    .map((word) => word.trim().toLowerCase());
}

/**
 * How a component hears what people write to its robot; undefined if only daprd sees that, or if it
 * is no mode.
 */
export function receiveModeOf(component: ComponentResource): ReceiveMode | undefined {
  const { name, default: fallback } = fields.receive;
  const given = fieldOf(component, name)?.trim().toLowerCase();
  return receiveModes.find((mode) => mode === (given === "" ? fallback : given));
}

/** Whether messages of people come to a component. */
export function receives(component: ComponentResource): boolean {
  return ["http", "stream"].includes(receiveModeOf(component) ?? "");
}

/** Reads a document that is a Component, or that would be one but for its kind; else nothing. */
export function toComponent(place: Place, content: unknown): ComponentResource[] {
  const document = membersOf(content);
  const spec = membersOf(document.get("spec"));
  const kind = textOf(document.get("kind"));
  const type = textOf(spec.get("type"));
  // Kustomize has a kind Component, too.
  const isDaprs = /^$|dapr/.test(textOf(document.get("apiversion")));
  const isCalledOne = kind.toLowerCase() === "component" && isDaprs;
  if (!isCalledOne && !/^[a-z]+\.[a-z]/i.test(type)) return [];
  const givenName = textOf(membersOf(document.get("metadata")).get("name"));
  const name = givenName || place.file;
  const items = listOf(spec.get("metadata")).map(membersOf);
  const unread = [...skipFlaws(content, name)];
  const component = {
    ...place,
    hasName: isUsable(givenName),
    name,
    type: type.toLowerCase(),
    version: textOf(spec.get("version")),
    fields: items.map(toField),
    references: items.flatMap(toReference),
    secretStore: textOf(membersOf(document.get("auth")).get("secretstore")),
    scopes: listOf(document.get("scopes")).map(String),
    isRead: unread.length === 0,
    flaws: [...unread, ...readFlaws(content, name, type)],
  };
  return [component];
}

function toField(item: Members): ComponentField {
  const isReferenced = toReference(item).length > 0;
  // daprd passes strings on unchanged and other values as JSON.
  const value = item.get("value") ?? "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return { name: textOf(item.get("name")), value: isReferenced ? undefined : text };
}

/** daprd heeds a variable if there is no value, and a secret if it has a name. */
function toReference(item: Members): Reference[] {
  const field = textOf(item.get("name"));
  const envRef = textOf(item.get("envref"));
  const hasValue = item.has("value") && item.get("value") !== null;
  if (envRef !== "" && !hasValue) return [{ field, kind: "envRef", name: envRef, key: "" }];
  const secret = membersOf(item.get("secretkeyref"));
  const [name, key] = [textOf(secret.get("name")), textOf(secret.get("key"))];
  return name === "" ? [] : [{ field, kind: "secretKeyRef", name, key }];
}

/** Kubernetes refuses other names as a part of a path, and daprd refuses what Kubernetes refuses. */
function isUsable(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/%]/.test(name);
}
