import { type JsonObject, objectsIn, textIn } from "../../base/json.ts";
import type { Link, MessageTypeOf } from "./message-type.ts";

/**
 * The `actionCard` of an `actionCard` message. DingTalk documents two kinds, one button
 * (`singleTitle`, `singleURL`) and several (`btns`), with the title as required; robots accept a
 * card without title and without buttons.
 */
export interface ActionCardContent {
  /** Markdown. */
  readonly text: string;
  readonly title?: string | null;
  readonly singleTitle?: string | null;
  readonly singleURL?: string | null;
  readonly btns?:
    | readonly { readonly title?: string | null; readonly actionURL?: string | null }[]
    | null;
  /** `"1"` asks for buttons beside each other, `"0"` for one below the other. */
  readonly btnOrientation?: string | null;
  /** `"1"` hides the robot's picture. */
  readonly hideAvatar?: string | null;
}

/** Markdown with buttons. */
export const actionCard: MessageTypeOf<"actionCard", ActionCardContent> = {
  msgtype: "actionCard",
  // 400501 is inferred from the pattern of the other codes.
  errcode: 400501,
  fields: {
    text: { errcode: 400503 },
    title: {},
    singleTitle: {},
    singleURL: {},
    btns: { elements: { title: {}, actionURL: {} } },
    btnOrientation: {},
    hideAvatar: {},
  },
  mentionText: { field: "text", isMarkdown: true, isWhole: false },
  titleField: "title",
  view: (content) => {
    const buttons = buttonsOf(content);
    // DingTalk puts two buttons at most beside each other.
    const isRow = textIn(content, "btnOrientation") === "1" && buttons.length === 2;
    return { layout: "buttons", text: textIn(content, "text"), buttons, isRow };
  },
};

/** DingTalk ignores `btns` in a card that has both `singleTitle` and `singleURL`. */
function buttonsOf(content: JsonObject): readonly Link[] {
  const single = { title: textIn(content, "singleTitle"), address: textIn(content, "singleURL") };
  if (single.title !== "" && single.address !== "") return [single];
  return objectsIn(content, "btns").map((button) => ({
    title: textIn(button, "title"),
    address: textIn(button, "actionURL"),
  }));
}
