import { textIn } from "../../base/json.ts";
import type { MessageTypeOf } from "./message-type.ts";

/** The `link` of a `link` message. */
export interface LinkContent {
  readonly text: string;
  readonly title: string;
  readonly messageUrl: string;
  readonly picUrl?: string | null;
}

/** A card with a small picture that leads to one address; it pings nobody. */
export const link: MessageTypeOf<"link", LinkContent> = {
  msgtype: "link",
  // 400301 is inferred from the pattern of the other codes.
  errcode: 400301,
  fields: {
    text: { errcode: 400302 },
    title: { errcode: 400303 },
    messageUrl: { errcode: 400304 },
    picUrl: { isPicture: true },
  },
  titleField: "title",
  view: (content) => ({
    layout: "link",
    text: textIn(content, "text"),
    story: {
      title: textIn(content, "title"),
      address: textIn(content, "messageUrl"),
      picture: textIn(content, "picUrl"),
    },
  }),
};
