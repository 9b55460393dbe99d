import type { InvokeRequest } from "../dapr/binding.ts";
import { InvalidMessageError } from "../dingtalk/errors.ts";
import { createMessage, type RobotMessage } from "../dingtalk/message.ts";

/**
 * The message with its own `msgUuid` as a text. Blanks and `null` count as none: typed clients
 * write every field.
 *
 * @throws {InvalidMessageError} for a `msgUuid` that is neither text nor number
 */
export function withTextKey(message: RobotMessage): RobotMessage {
  if (!Object.hasOwn(message.body, "msgUuid")) return message;
  const { msgUuid, ...others } = message.body;
  if (isNone(msgUuid)) return createMessage(others);
  if (typeof msgUuid === "string") return message;
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
  return given.map(([, value]) => value).find((value) => !isNone(value));
}

/** Whether a key is left out: blanks, too, tell no two messages apart. */
function isNone(key: unknown): boolean {
  return key === undefined || key === null || (typeof key === "string" && key.trim() === "");
}

function textOf(key: unknown): string {
  if (typeof key !== "number") {
    throw invalidKey("is neither text nor a number", "write it as a text, or leave it out");
  }
  if (Number.isInteger(key) ? Number.isSafeInteger(key) : Number.isFinite(key)) return String(key);
  throw invalidKey("has more digits than a JSON number keeps", "write it as a text, in quotes");
}

function invalidKey(problem: string, remedy: string): InvalidMessageError {
  return new InvalidMessageError("msgUuid", `the field msgUuid ${problem}`, remedy);
}
