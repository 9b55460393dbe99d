import type { JsonObject } from "../../src/base/json.ts";
import { signCallback } from "../../src/dingtalk/callback.ts";
import type { HumanSettings } from "../api/types.ts";
import { chatbotUserIdOf, conversationIdOf } from "../robot/default-human.ts";

/** A human and the room in which the human speaks. */
export interface Speaker {
  readonly token: string;
  readonly human: HumanSettings;
}

/** What the JSON of a message to a robot is made from. */
export interface CallbackFacts {
  /** The message as the human wrote it: `msgtype` and what belongs to it. */
  readonly message: JsonObject;
  readonly isOverQuota: boolean;
  readonly speaker: Speaker;
  /** The robot that gets the message. */
  readonly robot: Speaker;
  /** Tokens of all robots that the message mentions. */
  readonly mentioned: readonly string[];
  readonly msgId: string;
  readonly sessionWebhook: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly now: number;
}

/**
 * The JSON of a message to a robot, the same in both modes.
 *
 * @see https://open.dingtalk.com/document/orgapp/receive-message
 */
export function callbackBody(facts: CallbackFacts): string {
  const { message, isOverQuota, speaker, robot, msgId, now } = facts;
  const { human } = speaker;
  return JSON.stringify({
    senderPlatform: "Web",
    conversationId: conversationIdOf(speaker.token, human),
    // Only the robots of an app belong to an organisation; those have a Client Secret.
    ...(isOfApp(robot.human) && { chatbotCorpId: corpId, senderCorpId: corpId }),
    chatbotUserId: chatbotUserIdOf(robot.token),
    msgId,
    senderNick: human.senderNick,
    isAdmin: true,
    senderStaffId: isOfApp(robot.human) ? human.senderStaffId : "",
    sessionWebhookExpiredTime: facts.expiresAt,
    createAt: now,
    conversationType: human.conversationType,
    senderId: "$:LWCP_v1:$sandboxHuman",
    ...(human.conversationType === "2" && groupFields(facts)),
    sessionWebhook: facts.sessionWebhook,
    robotCode: isOfApp(robot.human) ? robot.human.clientId : "normal",
    ...(isOverQuota
      ? { errorCode: 20001, errorMessage: quotaMessage, msgtype: message.msgtype }
      : message),
  });
}

const corpId = "dingsandbox";
const quotaMessage = "The monthly quota of Webhook and Stream calls is used up";

function isOfApp({ mode, appSecret }: HumanSettings): boolean {
  return mode === "stream" || appSecret !== null;
}

function groupFields({ speaker, mentioned }: CallbackFacts) {
  return {
    conversationTitle: speaker.human.conversationTitle,
    isInAtList: true,
    atUsers: mentioned.map((token) => ({ dingtalkId: chatbotUserIdOf(token) })),
  };
}

/** Headers with the signature of an app's robot and the token of an Outgoing robot, if set. */
export function callbackHeaders(
  { appSecret, outgoingToken }: HumanSettings,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(now);
  return {
    "content-type": "application/json; charset=utf-8",
    ...(appSecret !== null && { timestamp, sign: signCallback(timestamp, appSecret) }),
    ...(outgoingToken !== null && { token: outgoingToken }),
  };
}
