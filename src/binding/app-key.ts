import type { InvokeRequest } from "../dapr/binding.ts";
import { InvalidMessageError } from "../dingtalk/errors.ts";
import { createMessage, type RobotMessage } from "../dingtalk/message.ts";

/**
 * The message with its own `msgUuid` as a text. What {@link isNone} names counts as none: typed
 * clients write every field.
 *
 * @throws {InvalidMessageError} for a `msgUuid` that is no key
 */
export function withTextKey(message: RobotMessage): RobotMessage {
  if (!Object.hasOwn(message.body, "msgUuid")) return message;
  const { msgUuid, ...others } = message.body;
  if (isNone(msgUuid)) return createMessage(others);
  if (typeof msgUuid === "string") {
    checkKey(msgUuid);
    return message;
  }
  return createMessage({ ...others, msgUuid: textOf(msgUuid) });
}

/**
 * The key by which repeats are told: the message's own `msgUuid`, else that of the metadata, whose
 * name may have any letter case.
 *
 * @param message as {@link withTextKey} returns it
 */
export function appKeyOf(
  { body: { msgUuid } }: RobotMessage,
  metadata: InvokeRequest["metadata"],
): string | undefined {
  if (typeof msgUuid === "string") return msgUuid;
  const given = Object.entries(metadata).filter(([name]) => name.toLowerCase() === "msguuid");
  const key = given.map(([, value]) => value).find((value) => !isNone(value));
  if (key !== undefined) checkKey(key);
  return key;
}

/** How programs write a value that is not set. Two messages with it are not the same message. */
const unset = /^(?:0|null|<?nil>?|none|undefined|nan|0{8}-?(?:0{4}-?){3}0{12})$/i;

/** Characters that nobody sees. */
const invisible = /[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;

/** Whether a key is left out, or is the value of a field that its program left unset. */
function isNone(key: unknown): boolean {
  if (key === undefined || key === null) return true;
  if (typeof key !== "string" && typeof key !== "number") return false;
  const seen = `${key}`.slice(0, 64).replace(invisible, "");
  return unset.test(seen) || (seen === "" && `${key}`.replace(invisible, "") === "");
}

/** What programs write for a key of a type that is no text. All such messages would be one. */
function checkKey(key: string): void {
  if (!/^\s*(?:true|false|\[object \w+\])\s*$/.test(key)) return;
  throw invalidKey(
    "is no key but a value that was turned into a text",
    "leave it out, or correct it",
  );
}

function textOf(key: unknown): string {
  if (typeof key !== "number") {
    throw invalidKey("is neither text nor a number", "write it as a text, or leave it out");
  }
  if (Number.isSafeInteger(key)) return String(key);
  // A double keeps any 15 digits of a fraction; further ones may have been others.
  const digits = String(key).replace(/e.*/, "").replace(/\D/g, "").replace(/^0+/, "");
  if (!Number.isInteger(key) && Number.isFinite(key) && digits.length <= 15) return String(key);
  throw invalidKey("has more digits than a JSON number keeps", "write it as a text, in quotes");
}

function invalidKey(problem: string, remedy: string): InvalidMessageError {
  return new InvalidMessageError("msgUuid", `the field msgUuid ${problem}`, remedy);
}
