import { isObject, type JsonObject } from "../../src/base/json.ts";
import { isIpRange } from "../robot/ip-ranges.ts";
import { maxKeywords } from "../robot/settings.ts";
import { mask } from "./masking.ts";
import { InputError, integer, listOf, oneOf, orNull, type Reader, text, that } from "./readers.ts";
import type {
  Fault,
  FaultEffect,
  HumanPatch,
  HumanSettings,
  HumanSpeech,
  Rules,
  RulesPatch,
} from "./types.ts";

type Readers<T> = { readonly [Key in keyof T]-?: Reader<T[Key]> };

const secret = that(text({ min: 1 }), (value) => value !== mask, "is the mask of a secret");

const ruleReaders: Readers<Rules> = {
  secret: orNull(secret),
  keywords: listOf(text({ min: 1, max: 100 }), maxKeywords),
  allowedIps: listOf(
    that(text(), isIpRange, "has to be an IPv4 address or a block such as 10.0.0.0/8"),
    100,
  ),
  messagesPerMinute: integer(1, 1_000_000_000),
  penaltySeconds: integer(0, 86_400),
  monthlyQuota: orNull(integer(0, 1_000_000_000)),
  generation: oneOf(["a", "b", "c", "d"]),
};

const humanReaders: Readers<HumanSettings> = {
  callbackUrl: orNull(
    that(text({ max: 8192 }), isCallbackUrl, "has to be an http(s) address without a password"),
  ),
  appSecret: orNull(secret),
  outgoingToken: orNull(that(secret, isHeaderText, "has to be printable ASCII")),
  senderNick: text({ min: 1, max: 100 }),
  conversationTitle: text({ min: 1, max: 100 }),
};

const speechReaders: Readers<HumanSpeech> = { text: text({ min: 1, max: 20_000 }) };

const effectTypes = [
  "errcode",
  "http-status",
  "html",
  "delay",
  "hang",
  "reset",
  "truncated",
  "redirect",
  "lost-answer",
] as const;

/** @throws {InputError} */
export function readRulesPatch(value: unknown): RulesPatch {
  return readFields(value, ruleReaders);
}

/** @throws {InputError} */
export function readHumanPatch(value: unknown): HumanPatch {
  return readFields(value, humanReaders);
}

/** @throws {InputError} */
export function readSpeech(value: unknown): HumanSpeech {
  const { text = "" } = readFields(value, speechReaders);
  if (text.trim() === "") throw new InputError("text", "is missing or empty");
  return { text };
}

/** @throws {InputError} */
export function readFaults(value: unknown): Fault[] {
  return listOf(readFault, 20)(value, "faults");
}

function readFault(value: unknown, field: string): Fault {
  const fault = readObject(value, field, ["effect", "next", "share"]);
  const { next, share } = fault;
  if ((next === undefined) === (share === undefined)) {
    throw new InputError(field, "needs either next or share");
  }
  const effect = readEffect(fault.effect, `${field}.effect`);
  if (next !== undefined) return { effect, next: integer(1, 1_000_000)(next, `${field}.next`) };
  if (typeof share === "number" && share > 0 && share <= 1) return { effect, share };
  throw new InputError(`${field}.share`, "has to be above 0 and up to 1");
}

function readEffect(value: unknown, field: string): FaultEffect {
  const known = ["type", "errcode", "errmsg", "status", "delayMs"];
  const { type: name, ...facts } = readObject(value, field, known);
  const type = oneOf(effectTypes)(name, `${field}.type`);
  switch (type) {
    case "errcode": {
      const errcode = integer(-1_000_000_000, 1_000_000_000)(facts.errcode, `${field}.errcode`);
      if (facts.errmsg === undefined) return { type, errcode };
      return { type, errcode, errmsg: text()(facts.errmsg, `${field}.errmsg`) };
    }
    case "http-status":
      return { type, status: integer(400, 599)(facts.status, `${field}.status`) };
    case "delay":
      return { type, delayMs: integer(0, 600_000)(facts.delayMs, `${field}.delayMs`) };
    default:
      return { type };
  }
}

/** The fields that are there; others than the known ones are refused, they may be misspelled. */
function readFields<T extends object>(value: unknown, readers: Readers<T>): Partial<T> {
  const given = readObject(value, "", Object.keys(readers));
  const fields: Partial<T> = {};
  for (const name in readers) {
    if (given[name] !== undefined) fields[name] = readers[name](given[name], name);
  }
  return fields;
}

function readObject(value: unknown, field: string, known: readonly string[]): JsonObject {
  if (!isObject(value)) throw new InputError(field, "has to be a JSON object");
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return value;
  throw new InputError(field === "" ? unknown : `${field}.${unknown}`, "is unknown");
}

function isCallbackUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

function isHeaderText(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}
