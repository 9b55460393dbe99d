import { isObject, type JsonObject } from "../base/json.ts";
import { listsOfPeople } from "./mentions.ts";
import { findType, messageTypes } from "./messages/index.ts";
import type { Fields, MessageType } from "./messages/message-type.ts";
import { findMisspelled, foldName, isAbsent, isMisspelled, keysOf } from "./spelling.ts";

/** Every known field of `at`. */
const atFields = [...listsOfPeople, "isAtAll"] as const;

/** Every known field of a message beside the content. */
const envelopeFields = ["msgtype", "at", "msgUuid"] as const;

/** A field that a robot cannot read as its sender means it. Paths are as in `MissingField`. */
export type FieldFault =
  /** The value is of another type. */
  | { readonly kind: "type"; readonly field: string; readonly found: Shape; readonly wanted: Shape }
  /** A robot ignores the spelling. `field` is the right one. */
  | { readonly kind: "spelling"; readonly field: string; readonly spelledAs: string }
  /** The value is a wrong spelling of a known word. */
  | {
      readonly kind: "value";
      readonly field: string;
      readonly value: string;
      readonly right: string;
    }
  /** A robot ignores the field at its place. */
  | { readonly kind: "place"; readonly field: string; readonly wanted: string };

/** What a value is, in words. */
export type Shape = "a text" | "a number" | "true or false" | "a list" | "an object" | "null";

/** How many elements of a list are looked at. A message of more is too long for a robot. */
const maxElements = 1000;

/**
 * Finds the first field of another type than robots read. Numbers and booleans pass for texts,
 * since robots show them. Fields that nobody knows hold anything.
 */
export function findWrongType(message: JsonObject): FieldFault | undefined {
  const { msgtype, at } = message;
  if (!isAbsent(msgtype) && typeof msgtype !== "string") return wrongType("msgtype", msgtype);
  const type = findType(msgtype);
  const content = type && message[type.msgtype];
  const inContent =
    type === undefined || isAbsent(content)
      ? undefined
      : isObject(content)
        ? findWrongTypeIn(content, `${type.msgtype}.`, type.fields)
        : wrongType(type.msgtype, content, "an object");
  return inContent ?? findWrongTypeOfAt(at);
}

function findWrongTypeIn(holder: JsonObject, path: string, fields: Fields): FieldFault | undefined {
  return first(Object.entries(fields), ([name, field]) => {
    const value = holder[name];
    if (isAbsent(value)) return undefined;
    if (!("elements" in field)) return isScalar(value) ? undefined : wrongType(path + name, value);
    if (!Array.isArray(value)) return wrongType(path + name, value, "a list");
    return first(value.slice(0, maxElements).entries(), ([index, element]) => {
      const place = `${path}${name}[${index}]`;
      if (!isObject(element)) return wrongType(place, element, "an object");
      return findWrongTypeIn(element, `${place}.`, field.elements);
    });
  });
}

function findWrongTypeOfAt(at: unknown): FieldFault | undefined {
  if (isAbsent(at)) return undefined;
  if (!isObject(at)) return wrongType("at", at, "an object");
  const { isAtAll } = at;
  if (!isAbsent(isAtAll) && !isScalar(isAtAll)) {
    return wrongType("at.isAtAll", isAtAll, "true or false");
  }
  return first(listsOfPeople, (name) => {
    const list = at[name];
    if (isAbsent(list)) return undefined;
    if (!Array.isArray(list)) return wrongType(`at.${name}`, list, "a list");
    const wrong = list.findIndex(
      (id) => !isAbsent(id) && !["string", "number"].includes(typeof id),
    );
    return wrong === -1 ? undefined : wrongType(`at.${name}[${wrong}]`, list[wrong]);
  });
}

/**
 * Finds the first field that a robot ignores, because the message has it in another spelling or at
 * another place. A spelling beside the right one does no harm.
 */
export function findIgnoredField(message: JsonObject): FieldFault | undefined {
  const type = findType(message.msgtype);
  if (type === undefined) return findMisspelledType(message);
  const content = message[type.msgtype];
  return (
    findMisspelledIn(message, "", [...envelopeFields, type.msgtype]) ??
    (isObject(message.at) ? findMisspelledIn(message.at, "at.", atFields) : undefined) ??
    (isObject(message.at) ? findShortened(message.at) : undefined) ??
    (isObject(message.at) ? findSeveralInOne(message.at) : undefined) ??
    (isObject(content)
      ? findMisspelledFields(content, `${type.msgtype}.`, type.fields)
      : undefined) ??
    findMisplacedKey(message, type) ??
    findMisplaced(message, type)
  );
}

/** Finds a msgUuid inside the content, which keeps no message from being shown twice. */
function findMisplacedKey(
  message: JsonObject,
  { msgtype, fields }: MessageType,
): FieldFault | undefined {
  const content = message[msgtype];
  if (!isObject(content) || !isAbsent(message.msgUuid)) return undefined;
  const isKey = (key: string): boolean => key === "msgUuid" || isMisspelled(key, "msgUuid");
  const keys = unknownKeys(content, Object.keys(fields));
  const found = keys.find((key) => isKey(key) && !isAbsent(content[key]));
  if (found === undefined) return undefined;
  const wanted = `the message, beside "${msgtype}"`;
  return { kind: "place", field: `${msgtype}.${found}`, wanted };
}

function findMisspelledType({ msgtype }: JsonObject): FieldFault | undefined {
  if (typeof msgtype !== "string") return undefined;
  const right = Object.keys(messageTypes).find((name) => isMisspelled(msgtype, name));
  if (right === undefined) return undefined;
  return { kind: "value", field: "msgtype", value: msgtype, right };
}

function findMisspelledFields(
  holder: JsonObject,
  path: string,
  fields: Fields,
): FieldFault | undefined {
  const own = findMisspelledIn(holder, path, Object.keys(fields));
  if (own !== undefined) return own;
  return first(Object.entries(fields), ([name, field]) => {
    const list = holder[name];
    if (!("elements" in field) || !Array.isArray(list)) return undefined;
    return first(list.slice(0, maxElements).entries(), ([index, element]) =>
      isObject(element)
        ? findMisspelledFields(element, `${path}${name}[${index}].`, field.elements)
        : undefined,
    );
  });
}

function findMisspelledIn(
  holder: JsonObject,
  path: string,
  names: readonly string[],
): FieldFault | undefined {
  // A known name is the misspelling of no other. Most messages have nothing else.
  const keys = unknownKeys(holder, names);
  if (keys.length === 0) return undefined;
  return first(names, (name) => {
    const spelledAs = findMisspelled(holder, name, keys);
    if (spelledAs === undefined) return undefined;
    return { kind: "spelling", field: path + name, spelledAs: path + spelledAs };
  });
}

/** Finds a field of `at` without its first word, as `atAll` or `mobiles`, and an `at` inside `at`. */
function findShortened(at: JsonObject): FieldFault | undefined {
  if (isObject(at.at)) return { kind: "place", field: "at.at", wanted: "the outer at" };
  return first(atFields, (name): FieldFault | undefined => {
    const short = name.replace(/^(?:is|at)/, "");
    const isShort = (key: string): boolean => key === short || isMisspelled(key, short);
    const spelledAs = keysOf(at).find(
      (key) => isShort(key) && !isAbsent(at[key]) && at[key] !== false,
    );
    if (spelledAs === undefined || !isAbsent(at[name])) return undefined;
    return { kind: "spelling", field: `at.${name}`, spelledAs: `at.${spelledAs}` };
  });
}

/** Finds several people in one element of a list, which pings none of them. */
function findSeveralInOne(at: JsonObject): FieldFault | undefined {
  return first(listsOfPeople, (name) => {
    const list = at[name];
    if (!Array.isArray(list)) return undefined;
    const index = list
      .slice(0, maxElements)
      .findIndex((id) => typeof id === "string" && /\S[,;，；、]\s*\S/.test(id));
    if (index === -1) return undefined;
    const wanted = "elements of their own, one for each person";
    return { kind: "place", field: `at.${name}[${index}]`, wanted };
  });
}

/** In WeCom's messages, a text names the people whom it mentions. */
const wecomLists = ["mentioned_list", "mentioned_mobile_list"];

/** The fields that name people, by their folded names. Inside of a content `at` is one of them. */
const peopleInMessage = new Map([...atFields, ...wecomLists].map((name) => [foldName(name), name]));
const peopleInContent = new Map([...peopleInMessage, ["at", "at"]]);

/** Finds people outside of `at`. A type that pings nobody has no place for them. */
function findMisplaced(message: JsonObject, { msgtype, fields, mentionText }: MessageType) {
  if (mentionText === undefined) return undefined;
  const at = isObject(message.at) ? message.at : {};
  const content = isObject(message[msgtype]) ? message[msgtype] : {};
  const holders = [
    { holder: message, keys: keysOf(message), path: "", people: peopleInMessage },
    {
      holder: content,
      keys: unknownKeys(content, Object.keys(fields)),
      path: `${msgtype}.`,
      people: peopleInContent,
    },
  ];
  return first(holders, ({ holder, keys, path, people }): FieldFault | undefined => {
    const found = keys.find((key) => {
      const name = people.get(foldName(key));
      if (name === undefined || isAbsent(holder[key]) || holder[key] === false) return false;
      return isAbsent(at[name]);
    });
    if (found === undefined) return undefined;
    return { kind: "place", field: path + found, wanted: `"at":{…} beside "${msgtype}"` };
  });
}

function unknownKeys(holder: JsonObject, names: readonly string[]): string[] {
  return keysOf(holder).filter((key) => !names.includes(key));
}

/** The first fault that `find` finds. */
function first<T>(
  items: Iterable<T>,
  find: (item: T) => FieldFault | undefined,
): FieldFault | undefined {
  for (const item of items) {
    const fault = find(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object";
}

function wrongType(field: string, value: unknown, wanted: Shape = "a text"): FieldFault {
  return { kind: "type", field, found: shapeOf(value), wanted };
}

function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "null";
  if (typeof value === "object") return "an object";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "number" ? "a number" : "a text";
}
