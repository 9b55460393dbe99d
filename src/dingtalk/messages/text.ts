import { textIn } from "../../base/json.ts";
import type { MessageTypeOf } from "./message-type.ts";

/** The `text` of a `text` message. */
export interface TextContent {
  readonly content: string;
}

/** Plain text, drawn as written. */
export const text: MessageTypeOf<"text", TextContent> = {
  msgtype: "text",
  errcode: 400201,
  fields: { content: { errcode: 400202 } },
  mentionText: { field: "content", isMarkdown: false, isWhole: true },
  view: (content) => ({ layout: "bubble", text: textIn(content, "content"), isMarkdown: false }),
};
