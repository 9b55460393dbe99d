import { isObject, type JsonObject } from "../base/json.ts";
import { findType } from "./messages/index.ts";
import type { Fields } from "./messages/message-type.ts";
import { findMisspelled, isAbsent } from "./spelling.ts";

/** The first required field that a message lacks. */
export interface MissingField {
  /** Dotted path, such as `feedCard.links[0].picURL`. */
  readonly field: string;
  /** DingTalk's errcode for the missing field. */
  readonly errcode: number;
  /** The same path in the spelling that the message uses; unset if it has neither. */
  readonly spelledAs?: string;
}

/**
 * Finds the first required field that a message lacks, in the order in which robots check. An
 * empty text or list counts as missing. A message of an unknown type lacks nothing.
 */
export function findMissingField(message: JsonObject): MissingField | undefined {
  const { msgtype } = message;
  if (isAbsent(msgtype)) return missing(message, "", { name: "msgtype", errcode: 400105 });
  const type = findType(msgtype);
  if (type === undefined) return undefined;
  const content = message[type.msgtype];
  if (isObject(content)) return findMissingIn(content, `${type.msgtype}.`, type.fields);
  return missing(message, "", { name: type.msgtype, errcode: type.errcode });
}

/** The object's own fields come before those of the elements of its lists. */
function findMissingIn(holder: JsonObject, path: string, fields: Fields): MissingField | undefined {
  for (const [name, { errcode }] of Object.entries(fields)) {
    if (errcode !== undefined && isAbsent(holder[name])) {
      return missing(holder, path, { name, errcode });
    }
  }
  for (const [name, field] of Object.entries(fields)) {
    const list = holder[name];
    if (!("elements" in field) || !Array.isArray(list)) continue;
    for (const [index, element] of list.entries()) {
      const elementPath = `${path}${name}[${index}].`;
      const found = findMissingIn(isObject(element) ? element : {}, elementPath, field.elements);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function missing(
  holder: JsonObject,
  path: string,
  { name, errcode }: { readonly name: string; readonly errcode: number },
): MissingField {
  const other = findMisspelled(holder, name);
  const field = `${path}${name}`;
  return other === undefined
    ? { field, errcode }
    : { field, errcode, spelledAs: `${path}${other}` };
}
