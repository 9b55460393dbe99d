import type { HumanSpeech } from "../../api/types.ts";
import type { Texts } from "../texts/texts.ts";

/** A kind of message that a human can send on the page. */
export type Kind = keyof Texts["kinds"];

/** DingTalk delivers files only in a chat of two. */
export const onlyInChat: readonly Kind[] = ["file"];

/** What the API gets for a kind of message and the text beside it; undefined if the text is missing. */
export function speechOf(kind: Kind, text: string): HumanSpeech | undefined {
  const downloadCode = "sandbox-download-code";
  switch (kind) {
    case "text":
      return text === "" ? undefined : { text };
    case "picture":
      return { content: { msgtype: kind, content: { downloadCode } } };
    case "richText": {
      const picture = { type: "picture", downloadCode };
      const richText = text === "" ? [picture] : [{ text }, picture];
      return { content: { msgtype: kind, content: { richText } } };
    }
    case "file": {
      const file = { downloadCode, fileName: text || "report.pdf", fileId: "1", spaceId: "1" };
      return { content: { msgtype: kind, content: file } };
    }
    case "unknownMsgType":
      return { content: { msgtype: kind, content: { unknownMsgType: text } } };
    case "overQuota":
      return text === "" ? undefined : { text, overQuota: true };
  }
}
