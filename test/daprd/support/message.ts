/** A robot's simplest message. */
export interface TextMessage {
  readonly msgtype: "text";
  readonly text: { readonly content: string };
}

export function textMessage(content: string): TextMessage {
  return { msgtype: "text", text: { content } };
}
