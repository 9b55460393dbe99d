import { basename } from "node:path";
import { isObject } from "../../base/json.ts";
import { UsageError } from "../../base/usage-error.ts";
import { readMessageData, readMessageObject, readUtf8 } from "../../dingtalk/message-data.ts";
import { type Input, isPiped } from "../input.ts";
import { findTitle } from "./title.ts";

/** What the command line says of the message. */
export interface MessageOptions {
  readonly markdown?: string | undefined;
  readonly json?: string | undefined;
  readonly title?: string | undefined;
}

/**
 * The data of a `create` for the message of the command line.
 *
 * @throws {UsageError} if it gives no message, or more than one
 * @throws {InvalidMessageError} for a file that holds no message
 */
export async function readMessage(
  { markdown, json, title }: MessageOptions,
  texts: readonly string[],
  input: Input,
): Promise<Buffer> {
  const given = [...texts, markdown, json].filter((message) => message !== undefined);
  if (given.length > 1 || (given.length === 0 && !isPiped())) {
    throw new UsageError("give one message: TEXT in quotes, --markdown FILE or --json FILE");
  }
  if (title !== undefined && markdown === undefined) {
    throw new UsageError("--title is for --markdown");
  }
  if (json !== undefined) {
    return Buffer.from(readMessageObject(await input.read("--json", json)).json);
  }
  if (markdown !== undefined) {
    return toMarkdown(await input.read("--markdown", markdown), markdown, title);
  }
  const [text = "-"] = texts;
  return Buffer.from(JSON.stringify(text === "-" ? await readPipedText(input) : text));
}

/** The newline at the end is the shell's. */
async function readPipedText(input: Input): Promise<string> {
  const text = readUtf8(await input.read("TEXT", "-")).replace(/\r?\n$/, "");
  if (text.trim() !== "") return text;
  throw new UsageError("standard input is empty; give one message");
}

function toMarkdown(bytes: Buffer, file: string, givenTitle: string | undefined): Buffer {
  const text = readUtf8(bytes);
  if (text.trim() !== "" && !isText(text)) {
    throw new UsageError("the file of --markdown holds a message as JSON; use --json");
  }
  const title = givenTitle ?? findTitle(text) ?? (file === "-" ? "message" : basename(file));
  return Buffer.from(JSON.stringify({ msgtype: "markdown", markdown: { title, text } }));
}

/** Whether `create` would send the text itself, not a message that the text holds. */
function isText(text: string): boolean {
  const { body } = readMessageData(Buffer.from(text));
  const { text: holder } = body;
  return isObject(holder) && String(holder.content).trim() === text.trim();
}
