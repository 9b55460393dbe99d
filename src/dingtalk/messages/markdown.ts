import { textIn } from "../../base/json.ts";
import type { MessageTypeOf } from "./message-type.ts";

/** The `markdown` of a `markdown` message. */
export interface MarkdownContent {
  /** Shown in the list of conversations alone. */
  readonly title: string;
  readonly text: string;
}

/** A text in DingTalk's part of Markdown. */
export const markdown: MessageTypeOf<"markdown", MarkdownContent> = {
  msgtype: "markdown",
  errcode: 400401,
  fields: {
    title: { errcode: 400402 },
    text: { errcode: 400403 },
  },
  mentionText: { field: "text", isMarkdown: true, isWhole: true },
  titleField: "title",
  view: (content) => ({ layout: "bubble", text: textIn(content, "text"), isMarkdown: true }),
};
