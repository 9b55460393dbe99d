import type { JsonObject } from "../../base/json.ts";

/**
 * A field that holds a text. The name in {@link Fields} is the only spelling that DingTalk reads:
 * letter case matters and differs between the types.
 */
export interface TextField {
  /** DingTalk's refusal of a message without the field; unset for a field that may be missing. */
  readonly errcode?: number;
  /** Whether the text is the address of a picture. Default: false. */
  readonly isPicture?: boolean;
}

/** A field that holds a list of objects. */
export interface ListField {
  /** DingTalk's refusal of a missing or empty list; unset for a list that may be missing. */
  readonly errcode?: number;
  /** The fields of each element. */
  readonly elements: Readonly<Record<string, TextField>>;
}

/** Every known field of an object, in the order in which robots check the required ones. */
export type Fields = Readonly<Record<string, TextField | ListField>>;

/** The text of a message in which an `@…` pings. */
export interface MentionText {
  /** The field that holds the text. */
  readonly field: string;
  /** Whether DingTalk draws the text as Markdown. */
  readonly isMarkdown: boolean;
  /**
   * Whether the text is all that the message shows. Only such a message is cut into parts and goes
   * into a digest.
   */
  readonly isWhole: boolean;
}

/** A text that leads to an address. */
export interface Link {
  readonly title: string;
  readonly address: string;
}

/** A link with a picture. */
export interface Story extends Link {
  /** The picture's address; empty for none. */
  readonly picture: string;
}

/** What a group shows of a message. Missing texts and addresses are empty. */
export type MessageView =
  | { readonly layout: "bubble"; readonly text: string; readonly isMarkdown: boolean }
  | { readonly layout: "link"; readonly story: Story; readonly text: string }
  | {
      readonly layout: "buttons";
      /** Markdown. */
      readonly text: string;
      readonly buttons: readonly Link[];
      /** Whether the buttons stand beside each other; otherwise one below the other. */
      readonly isRow: boolean;
    }
  | { readonly layout: "stories"; readonly stories: readonly Story[] };

/** What DingTalk does with the messages of one `msgtype`. */
export interface MessageType {
  /** The name of the type, and of the field that holds the content. */
  readonly msgtype: string;
  /** DingTalk's refusal of a message without the content. */
  readonly errcode: number;
  /** The fields of the content. */
  readonly fields: Fields;
  /** Unset for a type that pings nobody. */
  readonly mentionText?: MentionText;
  /** The field that the list of conversations shows; unset if the list shows another text. */
  readonly titleField?: string;
  /** Reads any content, also one that DingTalk refuses. */
  readonly view: (content: JsonObject) => MessageView;
}

/** A type whose `fields` are exactly those of `Content`; the required ones have an `errcode`. */
export type MessageTypeOf<Name, Content> = MessageType & {
  readonly msgtype: Name;
  readonly fields: FieldsOf<Content>;
};

type FieldsOf<Content> = {
  readonly [Name in keyof Content]-?: FieldOf<NonNullable<Content[Name]>> &
    (Pick<Content, Name> extends Required<Pick<Content, Name>>
      ? { readonly errcode: number }
      : { readonly errcode?: never });
};

type FieldOf<Value> = Value extends readonly (infer Element)[]
  ? ListField & { readonly elements: FieldsOf<Element> }
  : TextField;
