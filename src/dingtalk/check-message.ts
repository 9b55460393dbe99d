import type { JsonObject } from "../base/json.ts";
import { InvalidMessageError } from "./errors.ts";
import { findForeignForm, isWeComMarkdown } from "./foreign-forms.ts";
import { findMissingField, type MissingField } from "./message-rules.ts";

/**
 * Checks what of a message DingTalk would refuse, or take and not show.
 *
 * @throws {InvalidMessageError} naming the first field that is wrong
 */
export function checkMessage(body: JsonObject): void {
  const foreign = findForeignForm(body);
  if (foreign !== undefined) {
    throw new InvalidMessageError("msgtype", `this is ${foreign.name}`, foreign.remedy);
  }
  if (isWeComMarkdown(body)) {
    throw new InvalidMessageError(
      "markdown.text",
      "this is a message for WeCom (markdown.content)",
      'write "markdown":{"title":"…","text":"…"}',
    );
  }
  const missing = findMissingField(body);
  if (missing !== undefined) throw describeMissing(missing);
}

function describeMissing({ field, spelledAs }: MissingField): InvalidMessageError {
  if (spelledAs !== undefined) return misspelled(field, spelledAs);
  return new InvalidMessageError(field, `${field} is missing or empty`, "fill it in");
}

function misspelled(field: string, spelledAs: string): InvalidMessageError {
  return new InvalidMessageError(
    field,
    `${field} is missing, the message has ${spelledAs} instead`,
    "mind the letter case, DingTalk spells it differently in each msgtype",
  );
}
