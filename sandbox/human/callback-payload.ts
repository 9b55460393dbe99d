import { sign } from "../../src/dingtalk/signature.ts";
import type { HumanSettings } from "../api/types.ts";

/** What the body of a callback is made from. */
export interface CallbackFacts {
  readonly text: string;
  readonly human: HumanSettings;
  /** Nobody can guess it. The message id is made from it. */
  readonly sessionId: string;
  readonly sessionWebhook: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly now: number;
}

/**
 * The JSON of a robot callback from a group.
 *
 * @see https://open.dingtalk.com/document/orgapp/receive-message
 */
export function callbackBody(facts: CallbackFacts): string {
  const { text, human, sessionId, sessionWebhook, expiresAt, now } = facts;
  return JSON.stringify({
    senderPlatform: "Web",
    conversationId: "cidSandbox==",
    atUsers: [{ dingtalkId: "$:LWCP_v1:$sandboxRobot" }],
    // Only the robots of an app belong to an organisation; those have an app secret.
    ...(human.appSecret === null ? {} : { chatbotCorpId: corpId, senderCorpId: corpId }),
    chatbotUserId: "$:LWCP_v1:$sandboxRobot",
    msgId: `msg${sessionId}==`,
    senderNick: human.senderNick,
    isAdmin: true,
    senderStaffId: human.appSecret === null ? "" : "sandbox-staff",
    sessionWebhookExpiredTime: expiresAt,
    createAt: now,
    conversationType: "2",
    senderId: "$:LWCP_v1:$sandboxHuman",
    conversationTitle: human.conversationTitle,
    isInAtList: true,
    sessionWebhook,
    // DingTalk removes the mention from "@robot text" and leaves the space.
    text: { content: ` ${text}` },
    robotCode: human.appSecret === null ? "normal" : "dingsandboxrobot",
    msgtype: "text",
  });
}

const corpId = "dingsandbox";

/** Headers with the signature of an app's robot and the token of an Outgoing robot, if set. */
export function callbackHeaders(
  { appSecret, outgoingToken }: HumanSettings,
  now: number,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json; charset=utf-8",
    ...(appSecret !== null && { timestamp: String(now), sign: sign(now, appSecret) }),
    ...(outgoingToken !== null && { token: outgoingToken }),
  };
}
