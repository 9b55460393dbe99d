import type { JsonObject } from "../base/json.ts";
import { InvalidMessageError } from "./errors.ts";
import { findForeignContent, findForeignForm } from "./foreign-forms.ts";
import { readMentions, readPeople } from "./mentions.ts";
import { type FieldFault, findIgnoredField, findWrongType } from "./message-faults.ts";
import { findMissingField, type MissingField } from "./message-rules.ts";
import { findContent, findType } from "./messages/index.ts";

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
  const content = findForeignContent(body);
  if (content !== undefined) {
    throw new InvalidMessageError(content.field, `this is ${content.name}`, content.remedy);
  }
  const wrongType = findWrongType(body);
  if (wrongType !== undefined) throw describeFault(wrongType);
  const missing = findMissingField(body);
  if (missing !== undefined) throw describeMissing(missing);
  const ignored = findIgnoredField(body);
  if (ignored !== undefined) throw describeFault(ignored);
  checkMentions(body);
}

/** A link and a feedCard are shown, but nobody whom they name is pinged. */
function checkMentions(body: JsonObject): void {
  const { type, content } = findContent(body) ?? {};
  if (type === undefined || type.mentionText !== undefined) return;
  const holders = { at: body, [`${type.msgtype}.at`]: content ?? {} };
  const found = Object.entries(holders).find(([, holder]) => pingsAnybody(holder));
  if (found === undefined) return;
  throw pingsNobody(found[0], type.msgtype);
}

function pingsAnybody(holder: JsonObject): boolean {
  return readMentions({ body: holder }).isAtAll || readPeople({ body: holder }).length > 0;
}

/** The refusal of mentions in a message of a type that pings nobody. */
export function pingsNobody(field: string, msgtype: string): InvalidMessageError {
  return new InvalidMessageError(
    field,
    `a message of type ${msgtype} pings nobody`,
    "leave the mentions out, or send text, markdown or an actionCard",
  );
}

function describeMissing({ field, spelledAs }: MissingField): InvalidMessageError {
  if (spelledAs !== undefined) return misspelled(field, spelledAs);
  return new InvalidMessageError(field, `${field} is missing or empty`, "fill it in");
}

function describeFault(fault: FieldFault): InvalidMessageError {
  const { field } = fault;
  switch (fault.kind) {
    case "type":
      return new InvalidMessageError(
        field,
        `${field} is ${fault.found}, DingTalk reads ${fault.wanted} there`,
        sampleOf(field),
      );
    case "spelling":
      return misspelled(field, fault.spelledAs);
    case "value":
      return new InvalidMessageError(
        field,
        `${field} is ${fault.value}, DingTalk reads ${fault.right} there`,
        `write ${fault.right}`,
      );
    case "place":
      return new InvalidMessageError(
        field,
        `DingTalk ignores ${field} at this place`,
        `move it into ${fault.wanted}`,
      );
  }
}

function misspelled(field: string, spelledAs: string): InvalidMessageError {
  return new InvalidMessageError(
    field,
    `${field} is missing, the message has ${spelledAs} instead`,
    "mind the spelling, DingTalk spells it differently in each msgtype",
  );
}

/** What a field looks like, for the fields that are often written in another way. */
function sampleOf(field: string): string {
  const type = findType(field);
  if (type !== undefined) {
    const required = Object.entries(type.fields).filter(([, { errcode }]) => errcode !== undefined);
    return `write "${field}":{${required.map(([name]) => `"${name}":…`).join(",")}}`;
  }
  const list = /^at\.(at\w+)$/.exec(field)?.[1];
  return list === undefined ? "correct its value" : `write "${list}":["…"]`;
}
