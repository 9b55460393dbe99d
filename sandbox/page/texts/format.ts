import { isObject, objectIn, objectsIn, textIn } from "../../../src/base/json.ts";
import type { Entry } from "../../api/types.ts";

/** The time of day in the reader's time zone, such as `09:05:30`. */
export function timeOfDay(iso: string): string {
  const time = new Date(iso);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(":");
}

/** The beginning of a long id, which is enough to tell a few apart. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** Minutes and seconds, such as `9:32`; a negative time is `0:00`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${twoDigits(seconds % 60)}`;
}

/** JSON with line breaks and indents. A text that is no JSON stays as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** One line of an entry for the list of rooms. */
export function digest(entry: Entry): string {
  const { message } = entry;
  if (!isObject(message)) return entry.body;
  const msgtype = textIn(message, "msgtype");
  const content = objectIn(message, msgtype);
  const [story] = objectsIn(content, "links");
  return (
    humanDigest(message) ||
    textIn(content, "title") ||
    textIn(content, "content") ||
    textIn(content, "text") ||
    (story === undefined ? `[${msgtype}]` : textIn(story, "title"))
  ).slice(0, 120);
}

/** What a human's message of a kind that robots do not send says; empty if it says nothing. */
export function humanDigest(message: Entry["message"] & object): string {
  const content = objectIn(message, "content");
  const richText = objectsIn(content, "richText").map(
    (part) => textIn(part, "text") || "[picture]",
  );
  return richText.join(" ") || textIn(content, "fileName");
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
