import {
  type ReceivedMessage,
  readMessage,
  type Session,
  type Via,
} from "../../../src/receiving/received-message.ts";

/** What people wrote and what opens conversations. None of it may be seen outside the event. */
export const secrets = {
  text: "words-that-somebody-wrote",
  nick: "nick-of-somebody",
  title: "title-of-a-group",
  session:
    "https://oapi.dingtalk.com/robot/sendBySession?session=session-that-opens-a-conversation",
};

/** The JSON of a message, as DingTalk sends it. */
export function bodyOf(fields: Readonly<Record<string, unknown>> = {}): Buffer {
  const body = {
    conversationId: "cid1==",
    conversationType: "2",
    conversationTitle: secrets.title,
    msgId: "msg1==",
    senderId: "$:LWCP_v1:$s",
    senderStaffId: "0147",
    senderNick: secrets.nick,
    chatbotUserId: "$:LWCP_v1:$robot",
    robotCode: "dingabc",
    createAt: 1_700_000_000_000,
    sessionWebhook: secrets.session,
    sessionWebhookExpiredTime: 1_700_005_400_000,
    msgtype: "text",
    text: { content: ` ${secrets.text}` },
    ...fields,
  };
  return Buffer.from(JSON.stringify(body));
}

/** A message that was received by the robot `dingabc`. */
export function messageOf(
  fields: Readonly<Record<string, unknown>> = {},
  via: Via = "stream",
): ReceivedMessage {
  return readMessage(bodyOf(fields), "dingabc", via);
}

/** What `Sessions.find` found, which has to be a session that is still open. */
export function openSession(found: Session | "expired" | undefined): Session {
  if (typeof found === "object") return found;
  throw new Error(`the session is ${found ?? "unknown"}`);
}
