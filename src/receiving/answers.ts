import { isObject, parseJson } from "../base/json.ts";
import { parseLenientJson } from "../base/lenient-json.ts";

/** Which answers of the app are said. `messages`: objects with a msgtype. `text`: plain text, too. */
export type AnswerMode = "messages" | "text" | "none";

/**
 * What is to be said of an answer. `silent`: the app meant to say nothing. `not-a-message`: the app
 * answered something that is not said in this mode.
 */
export type Said =
  | { readonly kind: "silent" | "not-a-message" | "too-large" }
  /** `data` is a message, as the data of a `create` is. */
  | { readonly kind: "message"; readonly data: Uint8Array };

/** A longer answer is not said. A message has 20,000 bytes at most. */
const mostBytes = 1024 * 1024;

/**
 * The bodies by which frameworks say that a request went well: the names of the statuses 2xx, as
 * `res.sendStatus(200)` of Express writes them.
 */
const bareWords = [
  ...["OK", "Created", "Accepted", "Non-Authoritative Information", "No Content"],
  ...["Reset Content", "Partial Content", "Multi-Status", "Already Reported", "IM Used"],
].map((words) => words.toLowerCase());

/** What is to be said of the body of an app's answer. */
export function judgeAnswer(body: Buffer, mode: AnswerMode): Said {
  if (mode === "none") return { kind: "silent" };
  if (body.length > mostBytes) return { kind: "too-large" };
  const text = body.toString("utf8").replace(/^\ufeff/, "");
  if (text.trim() === "") return { kind: "silent" };
  const value = readJson(text);
  if (value === undefined) return judgeText(text.trim(), body, mode);
  if (typeof value === "string") return judgeString(value, mode);
  return judgeValue(value, text);
}

/** Undefined for plain text. DingTalk reads objects that are nearly JSON, and so does `create`. */
function readJson(text: string): unknown {
  const value = parseJson(text);
  return value === undefined && /^\s*\{/.test(text) ? parseLenientJson(text) : value;
}

/** Plain text may hold anything, so `create`'s reader decides what kind of message it is. */
function judgeText(text: string, body: Buffer, mode: AnswerMode): Said {
  const isSaid = mode === "text" && !bareWords.includes(text.toLowerCase());
  return isSaid ? { kind: "message", data: body } : { kind: "not-a-message" };
}

function judgeString(content: string, mode: AnswerMode): Said {
  if (content.trim() === "") return { kind: "silent" };
  if (mode !== "text") return { kind: "not-a-message" };
  return { kind: "message", data: jsonOf({ msgtype: "text", text: { content } }) };
}

function judgeValue(value: unknown, text: string): Said {
  if (value === null) return { kind: "silent" };
  if (!isObject(value)) return { kind: "not-a-message" };
  if (Object.keys(value).length === 0 || value.msgtype === "empty") return { kind: "silent" };
  if (typeof value.msgtype !== "string") return { kind: "not-a-message" };
  return { kind: "message", data: Buffer.from(text) };
}

function jsonOf(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
