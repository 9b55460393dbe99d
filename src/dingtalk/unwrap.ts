import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { toStrictJson } from "../base/lenient-json.ts";
import { hasTooManyNodes } from "./data-structure.ts";
import { decompress } from "./decompress.ts";
import { decodingsOf } from "./encoded-text.ts";

/** A text that data holds: as it is, or behind one or more of its wrappings. */
export interface Reading {
  /** The text, without a byte order mark. */
  readonly text: string;
  /** The value of the text, if it is an object, a list or a string of JSON or of lenient JSON. */
  readonly value: unknown;
  /** `value` as its sender spelled it, as JSON; empty if the text has no such value. */
  readonly json: string;
  /** Whether the sender surely meant this text, not the one that holds it. */
  readonly isMeant: boolean;
}

/** Nobody wraps more often. A gzip file that unpacks to itself exists. */
const maxLevels = 8;

/**
 * Every reading of a text, the outermost first: the text itself, what its JSON string holds, and the
 * bytes that it spells as base64, hexadecimal digits, a form, a list of numbers or a `Buffer` of
 * Node, compressed or not. A reading is made only when it is asked for: most data
 * is a message as it is.
 *
 * @throws {InvalidMessageError} for compressed bytes that cannot be unpacked
 */
export function* readingsOf(
  text: string,
  isMeant = true,
  levels = maxLevels,
): Generator<Reading, void> {
  const own = read(text, isMeant);
  yield own;
  if (levels === 0) return;
  const { value } = own;
  if (typeof value === "string") {
    yield* readingsOf(value, false, levels - 1);
    return;
  }
  const named = isObject(value) ? bytesOfBuffer(value) : undefined;
  const spelled = value === undefined ? decodingsOf(own.text) : (named ?? bytesIn(value) ?? []);
  for (const bytes of [spelled].flat()) {
    yield* readingsOfBytes(bytes, named !== undefined, levels);
  }
}

function readingsOfBytes(
  bytes: Buffer,
  isMeant: boolean,
  levels: number,
): Generator<Reading, void> {
  const unpacked = decompress(bytes);
  const text = (unpacked ?? bytes).toString();
  return readingsOf(text, isMeant || unpacked !== undefined, levels - 1);
}

function read(given: string, isMeant: boolean): Reading {
  const text = given.replace(/^(?:\ufeff|\ufffd{2})/, "");
  return { text, ...readJson(text), isMeant };
}

/** The object, list or string that a text is. */
function readJson(given: string): Pick<Reading, "value" | "json"> {
  // A text in UTF-16 that is read as UTF-8 is JSON but for its NUL characters.
  const text = given.replaceAll("\0", "").trim();
  if (!/^["'{[/]/.test(text) || hasTooManyNodes(text)) return noJson;
  const value = parseJson(text);
  if (value !== undefined) return { value, json: text };
  const json = toStrictJson(text);
  return json === undefined ? noJson : { value: parseJson(json), json };
}

const noJson = { value: undefined, json: "" };

/** A message of more bytes has more parts than a robot may send in a minute. */
const longestList = 500_000;

/** What Node writes beside the data of a `Buffer` and of a list of bytes. */
const sizes = ["length", "byteLength", "byteOffset", "offset"];

/** The bytes of `{"type":"Buffer","data":[…]}`, as Node writes a `Buffer`, also of base64. */
function bytesOfBuffer({ type, data }: JsonObject): Buffer | undefined {
  if (typeof type !== "string" || !/^(?:buffer|u?int8(?:clamped)?array)$/i.test(type)) {
    return undefined;
  }
  return typeof data === "string" ? Buffer.from(data, "base64") : bytesIn(data);
}

/** The bytes of a list of numbers, and of `{"0":…,"1":…}` as Node writes a `Uint8Array`. */
function bytesIn(value: unknown): Buffer | undefined {
  if (isObject(value)) {
    if (!Object.hasOwn(value, "0")) return undefined;
    const keys = Object.keys(value).filter((key) => !sizes.includes(key));
    const isList = keys.every((key, index) => key === `${index}`);
    return isList ? bytesIn(keys.map((key) => value[key])) : undefined;
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > longestList) return undefined;
  return value.every(isByte) ? Buffer.from(value) : undefined;
}

/** Java counts the upper half of the bytes from -128. */
function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= -128 && Number(value) <= 255;
}
