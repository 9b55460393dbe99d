import { objectsIn, textIn } from "../../base/json.ts";
import type { MessageTypeOf } from "./message-type.ts";

/** The `feedCard` of a `feedCard` message. */
export interface FeedCardContent {
  readonly links: readonly {
    readonly title: string;
    readonly messageURL: string;
    readonly picURL: string;
  }[];
}

/** A list of links with pictures; it pings nobody. */
export const feedCard: MessageTypeOf<"feedCard", FeedCardContent> = {
  msgtype: "feedCard",
  // All codes but 400602 are inferred from the pattern of the other types.
  errcode: 400601,
  fields: {
    links: {
      errcode: 400602,
      elements: {
        title: { errcode: 400603 },
        messageURL: { errcode: 400604 },
        picURL: { errcode: 400605, isPicture: true },
      },
    },
  },
  view: (content) => ({
    layout: "stories",
    stories: objectsIn(content, "links").map((story) => ({
      title: textIn(story, "title"),
      address: textIn(story, "messageURL"),
      picture: textIn(story, "picURL"),
    })),
  }),
};
