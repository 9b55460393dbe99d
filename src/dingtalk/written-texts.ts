import { isObject, type JsonObject } from "../base/json.ts";
import { findContent } from "./messages/index.ts";
import type { Fields } from "./messages/message-type.ts";

/**
 * The message with texts for the numbers and booleans in its known fields, since robots show them as
 * texts. The very same message comes back if there are none, or none that can be written without a
 * loss: JavaScript has changed a long number when the message was read.
 */
export function withTexts(message: JsonObject): JsonObject {
  const { type, content } = findContent(message) ?? {};
  if (type === undefined || content === undefined) return message;
  const written = writeFields(content, type.fields);
  return written === content ? message : { ...message, [type.msgtype]: written };
}

function writeFields(holder: JsonObject, fields: Fields): JsonObject {
  let written = holder;
  for (const [name, field] of Object.entries(fields)) {
    const former = holder[name];
    const value = "elements" in field ? writeList(former, field.elements) : writeText(former);
    if (value !== former) written = { ...written, [name]: value };
  }
  return written;
}

function writeList(list: unknown, fields: Fields): unknown {
  if (!Array.isArray(list)) return list;
  const written = list.map((element) =>
    isObject(element) ? writeFields(element, fields) : element,
  );
  return written.some((element, index) => element !== list[index]) ? written : list;
}

function writeText(value: unknown): unknown {
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "number") return value;
  const digits = String(value).replace(/\D/g, "");
  return Number.isSafeInteger(value) || digits.length <= 15 ? String(value) : value;
}
