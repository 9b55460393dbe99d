import { isObject, type JsonObject } from "../base/json.ts";

/** What another program than a DingTalk robot would read. */
export interface ForeignForm {
  /** Completes "this is …". */
  readonly name: string;
  /** What to do, one clause, lower case, no full stop. */
  readonly remedy: string;
}

/** One form and the sign by which it is known. */
export interface FormRow extends ForeignForm {
  readonly matches: (body: JsonObject) => boolean;
  /** The only keys with which the row counts for an object in a text. If unset, any others too. */
  readonly keys?: readonly string[];
}

const textSample = '{"msgtype":"text","text":{"content":"…"}}';

/** The remedy for what has a text of its own. */
export const sendSample = `send ${textSample}`;

/** The remedy for data of which somebody has to write a message first. */
export const writeSample = `write a message of it: ${sendSample}`;

/** Whether all these fields are texts. */
export function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === "string");
}

/** Whether a value is a list of objects, with at least one. */
export function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}
