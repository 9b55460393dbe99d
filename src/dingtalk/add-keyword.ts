import { isObject, type JsonObject } from "../base/json.ts";
import { createMessage, type RobotMessage } from "./message.ts";

/**
 * Puts the robot's keyword into the title and into the text of a message, each where it lacks it.
 * Without a keyword, and where nothing lacks it, the very same message comes back.
 *
 * A feedCard, which has no text of its own, gets it into the title of its first link, a card
 * without a title into its text alone. A message that passes through untouched stays as it is.
 *
 * @see https://open.dingtalk.com/document/dingstart/customize-robot-security-settings
 */
export function addKeyword(message: RobotMessage, keyword: string | undefined): RobotMessage {
  const { type, body } = message;
  if (keyword === undefined || type === undefined) return message;
  const content: unknown = Reflect.get(body, type.msgtype);
  if (!isObject(content)) return message;
  const textField = type.mentionText?.field ?? "text";
  const separator = type.mentionText?.isMarkdown === true ? "\n\n" : " ";
  const changes = {
    ...lead(content, type.titleField ?? "", `${keyword} `),
    ...lead(content, textField, `${keyword}${separator}`),
    ...leadStories(content, `${keyword} `),
  };
  if (Object.keys(changes).length === 0) return message;
  return createMessage({ ...body, [type.msgtype]: { ...content, ...changes } });
}

/** The field with the keyword before it; nothing if the field has it or does not exist. */
function lead(content: JsonObject, field: string, keyword: string): JsonObject {
  const text = content[field];
  if (typeof text !== "string" || text.includes(keyword.trim())) return {};
  return { [field]: keyword + text };
}

function leadStories({ links }: JsonObject, keyword: string): JsonObject {
  if (!Array.isArray(links)) return {};
  const stories = links.filter(isObject);
  if (stories.some(({ title }) => typeof title === "string" && title.includes(keyword.trim())))
    return {};
  const [first, ...others] = links;
  return isObject(first)
    ? { links: [{ ...first, ...lead(first, "title", keyword) }, ...others] }
    : {};
}
